"""What a tracker is: where the figures of a training go while it runs (`train.trackers`)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field

from rnnkit.config.on_resume import SHOWN, OnResume
from rnnkit.config.spec import Spec

Value = str | int | float | bool | None


@dataclass(frozen=True)
class TrackedRun:
    """What a tracker is told of a training.

    Args:
        name: The name of its run folder, below the runs folder.
        key: Different for each training, the same when it is resumed: letters and digits.
        config: Every key of the config with its whole path, such as "train.epochs", and what else
            does not change: parameters, rows, versions.
        known: What `begin` gave when the training began; None if it begins now.
    """

    name: str
    key: str
    config: Mapping[str, Value]
    known: str | None = None


class TrackerSpec(Spec):
    """The base of what `train.trackers` may list, a user's own among them. Where it raises or
    does not return in time, that is said once, and the training continues without it. All its calls
    are made in one thread, which is not the main one.
    """

    on_resume: ClassVar[OnResume | None] = SHOWN

    library: ClassVar[str | None] = None
    """What must be installed; the extra of rnnkit that brings it has the same name."""

    timeout: float = Field(
        60.0, gt=0, le=86_400, description="seconds that the training waits for each of its calls"
    )

    @abstractmethod
    def begin(self, run: TrackedRun) -> tuple[str, Any]:
        """Begins a tracked run, or continues the one that `run.known` names.

        Returns:
            What names it when the training is resumed, and what `log` and `end` are given.
        """

    @abstractmethod
    def log(self, opened: Any, values: Mapping[str, float], epoch: int) -> None:
        """Records the scores of an epoch, or those of the whole run after the last.

        Args:
            opened: What `begin` gave.
            values: By name: "loss", "val_loss"; "validation/accuracy", and
                "validation/majority class/accuracy" of a baseline.
            epoch: From 1 on.
        """

    def end(self, opened: Any, *, succeeded: bool) -> None:
        """Ends the tracked run.

        Args:
            opened: What `begin` gave.
            succeeded: Whether the training came to its end; else it failed or was stopped, and may
                be resumed.
        """
