"""Weights & Biases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from rnnkit.training.trackers.tracker import TrackedRun, TrackerSpec


class Wandb(TrackerSpec):
    """A run of a Weights & Biases project; WANDB_MODE=offline keeps it on this machine."""

    short: ClassVar[str | None] = "project"
    library: ClassVar[str | None] = "wandb"
    project: str = Field("rnnkit", description="the project's name")

    def begin(self, run: TrackedRun) -> tuple[str, Any]:
        import wandb

        opened = wandb.init(
            project=self.project,
            name=run.name,
            id=run.known or run.key,
            resume=None if run.known is None else "allow",
            config=dict(run.config),
        )
        # steps must rise, and an epoch whose checkpoint was lost comes again
        opened.define_metric("*", step_metric="epoch")
        return opened.id, opened

    def log(self, opened: Any, values: Mapping[str, float], epoch: int) -> None:
        opened.log({**values, "epoch": epoch})

    def end(self, opened: Any, *, succeeded: bool) -> None:
        opened.finish(exit_code=0 if succeeded else 1)
