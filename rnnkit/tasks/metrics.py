"""The `metrics:` of a config: further scores of the run and of its baselines."""

from __future__ import annotations

import operator
from typing import Annotated, TypeAlias

from pydantic import Field

from rnnkit.config.component import Component
from rnnkit.config.on_resume import SHOWN
from rnnkit.metrics.metric import MetricSpec

Metrics: TypeAlias = Annotated[list[Annotated[MetricSpec, Component("metric")]], SHOWN]

FURTHER: Metrics = Field(
    [],
    description="further scores of an evaluation: matthews, or your own",
    exclude_if=operator.not_,
)
