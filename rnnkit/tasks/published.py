"""A figure that others published for the same set-up."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.config.on_resume import SHOWN, OnResume
from rnnkit.config.spec import Spec


class Published(Spec):
    """A figure that others published for this setup; printed for comparison with the run's own."""

    on_resume: ClassVar[OnResume | None] = SHOWN

    metric: str = Field(description="the score that was reported, such as accuracy")
    value: float = Field(description="the published score, in the unit of the metric")
    part: Literal["train", "validation", "test"] = Field(
        "test", description="what it was measured on"
    )
    source: str = Field(description="who published it, and how it was measured")
