"""The `sweep:` section: which keys of the config `rnnkit sweep` varies, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.config.on_resume import SHOWN, OnResume
from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused

Scalar = str | bool | int | float | None
Search = Literal["auto", "grid", "random", "tpe"]
Launcher = Literal["local", "ray"]


class Sweep(Spec):
    """What a sweep over this config varies, and how it chooses; a training does not read it."""

    on_resume: ClassVar[OnResume | None] = SHOWN

    keys: dict[str, list[Scalar] | str] = Field(
        description=(
            "key to values ([32, 64]) or to a range (1e-4..1e-2, or 1e-4..1e-2:log by factors)"
        )
    )
    trials: int | None = Field(
        None, ge=1, le=10_000, description="trainings; unset for each combination of values, or 20"
    )
    search: Search = Field(
        "auto",
        description=(
            "grid: each combination; random: drawn; tpe: drawn near what did well, by Optuna; "
            "auto: grid where there is one"
        ),
    )
    metric: str | None = Field(
        None, description="the score that chooses, of validation; unset for `train.monitor`"
    )
    random_seed: int = Field(0, ge=0, lt=2**32, description="of what is drawn")
    prune: bool = Field(
        False, description="ends a trial that does worse than the median of the others, by Optuna"
    )
    storage: str | None = Field(
        None,
        description=(
            "the journal file or the database (postgresql://...) of Optuna's study; "
            "unset for a journal in the study's folder"
        ),
    )
    name: str | None = Field(
        None, min_length=1, description="the study's name; unset for the config's, with -sweep"
    )
    jobs: int | None = Field(
        None,
        ge=1,
        le=1_000,
        description="processes that work on it; unset for one, or for one per machine on Ray",
    )
    launcher: Launcher = Field(
        "local", description="where these processes are: on this machine, or on a Ray cluster"
    )

    def unused(self) -> Iterator[Unused]:
        if self.search == "grid":
            yield Unused("random_seed", "search is grid, which draws nothing", "search: random")
