"""The `sweep:` section: which keys of the config `rnnkit sweep` varies."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.config.on_resume import EXACT, OnResume
from rnnkit.config.spec import Spec

Scalar = str | bool | int | float | None
Search = Literal["auto", "grid", "random"]


class Sweep(Spec):
    """What a sweep over this config varies, and how it chooses; a training does not read it."""

    on_resume: ClassVar[OnResume | None] = EXACT

    keys: dict[str, list[Scalar] | str] = Field(
        description=(
            "key to values ([32, 64]) or to a range (1e-4..1e-2, or 1e-4..1e-2:log by factors)"
        )
    )
    trials: int | None = Field(
        None, ge=1, le=10_000, description="trainings; unset for each combination of values, or 20"
    )
    search: Search = Field(
        "auto", description="grid: each combination; random: drawn; auto: grid where there is one"
    )
    metric: str | None = Field(
        None, description="the score that chooses, of validation; unset for `train.monitor`"
    )
    random_seed: int = Field(0, ge=0, lt=2**32, description="of what is drawn")
