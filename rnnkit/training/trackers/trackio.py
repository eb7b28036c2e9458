"""Trackio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from rnnkit.training.trackers.tracker import TrackedRun, TrackerSpec


class Trackio(TrackerSpec):
    """A run of a Trackio project, on this machine below TRACKIO_DIR."""

    short: ClassVar[str | None] = "project"
    library: ClassVar[str | None] = "trackio"
    project: str = Field("rnnkit", description="the project's name")

    def begin(self, run: TrackedRun) -> tuple[str, Any]:
        import trackio

        name = run.known or f"{run.name}-{run.key}"  # which names it when it is resumed
        opened = trackio.init(
            project=self.project,
            name=name,
            resume="never" if run.known is None else "must",
            config=dict(run.config),
        )
        return name, opened

    def log(self, opened: Any, values: Mapping[str, float], epoch: int) -> None:
        opened.log(dict(values), step=epoch)

    def end(self, opened: Any, *, succeeded: bool) -> None:
        opened.finish()
