"""The trackers of a training, fed by a callback; none of them can stop it or hold it up."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import keras

from rnnkit import process
from rnnkit.progress import log
from rnnkit.stage_times import stage
from rnnkit.training.apart import Apart, UnansweredError
from rnnkit.training.interrupt import StoppedError
from rnnkit.training.trackers.tracker import TrackedRun, TrackerSpec

NOT_IN_A_NAME = re.compile(r"[^\w./ -]")
"""What MLflow refuses in the name of a score."""


class Tracking(keras.callbacks.Callback):
    """Sends the scores of each epoch, and those at the end, to every tracker that works.

    Args:
        trackers: By their names in the config.
        run: What they are told of the training; `known` of none.
        known: What named the tracked runs of a training that is resumed, by tracker.
        keep: Keeps these names in the run folder.
        leaving: `StopRequest.leaving` of the training: after a signal nothing waits for trackers.
    """

    def __init__(
        self,
        trackers: Mapping[str, TrackerSpec],
        run: TrackedRun,
        known: Mapping[str, str],
        keep: Callable[[Mapping[str, str]], None],
        leaving: Callable[[], AbstractContextManager[None]],
    ):
        super().__init__()
        self._trackers, self._run, self._keep, self._leaving = trackers, run, keep, leaving
        self._known, self._opened, self._epoch = dict(known), dict[str, Any](), 0
        self._apart: dict[str, Apart] = {}

    @stage("trackers")
    def on_train_begin(self, logs: Any = None) -> None:
        for name, tracker in self._trackers.items():
            run = replace(self._run, known=self._known.get(name))
            self._apart[name] = Apart(tracker.timeout)
            with self._alone(name):
                opening = partial(tracker.begin, run)
                self._known[name], self._opened[name] = self._apart[name].call(opening)
        self._keep(self._known)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._epoch = epoch + 1
        self.log({name: value for name, value in (logs or {}).items() if name != "epoch"})

    @stage("trackers")
    def log(self, values: Mapping[str, float]) -> None:
        """Sends scores of the newest epoch."""
        named = {NOT_IN_A_NAME.sub("_", name): float(value) for name, value in values.items()}
        for name, opened in list(self._opened.items()):
            sending = partial(self._trackers[name].log, opened, named, self._epoch)
            with self._alone(name), contextlib.suppress(StoppedError), self._leaving():
                self._apart[name].call(sending)

    @stage("trackers")
    def end(self, *, succeeded: bool) -> None:
        """Ends the tracked runs, once."""
        for name, opened in list(self._opened.items()):
            with self._alone(name):
                ending = partial(self._trackers[name].end, opened, succeeded=succeeded)
                self._apart[name].call(ending)
        for apart in self._apart.values():
            apart.close()
        self._opened.clear()
        self._apart.clear()

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """A tracker that fails inside is said once, and not asked again."""
        try:
            yield
        except UnansweredError as error:
            process.set_hung()
            self._drop(name, f"gave {error}", "; see to its server, or raise its timeout")
        except Exception as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            self._drop(name, f"failed ({said})")

    def _drop(self, name: str, what: str, hint: str = "") -> None:
        self._opened.pop(name, None)
        self._apart.pop(name).close()
        log.warning(f"train.trackers: {name} {what}; the training continues without it{hint}")
