"""The progress of a training on the terminal: a line per epoch, a bar with the time left,
samples."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from rnnkit.environment import require
from rnnkit.progress import log
from rnnkit.storage.writing import write_anew

LARGEST_SHARE = 0.05  # of the time, for samples of short epochs


class EpochLines(keras.callbacks.Callback):
    """Logs a line per epoch: scores, seconds, and the time left."""

    def __init__(self) -> None:
        super().__init__()
        self._has_header = False

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        row = logs or {}
        names = [name for name in row if name not in ("epoch", "learning_rate", "seconds")]
        names.sort(key=lambda name: (name.startswith("val_"), "loss" not in name))
        total = self.params["epochs"]
        width = max(len("epoch"), len(f"{total}/{total}"))
        if not self._has_header:
            scores = [f"{name:>{max(len(name), 9)}}" for name in names]
            log.info(" ".join([f"{'epoch':>{width}}", *scores, "seconds", "   left"]))
            self._has_header = True
        scores = [_cell(row[name], max(len(name), 9)) for name in names]
        left = clock(row["seconds"] * (total - epoch - 1))
        cells = [f"{f'{epoch + 1}/{total}':>{width}}", *scores]
        log.info(f"{' '.join(cells)} {row['seconds']:>7.2f} {left:>7}")


def _cell(score: float, width: int) -> str:
    """A score in its column: the perplexity of a diverging training may have 50 digits."""
    text = f"{score:.4f}"
    return f"{text if len(text) <= width else f'{score:.3g}':>{width}}"


def clock(seconds: float) -> str:
    """A duration as "3:07", or "1:02:00" from an hour on."""
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
        if minutes >= 60
        else f"{minutes}:{rest:02d}"
    )


class Bar(keras.callbacks.Callback):
    """A live progress bar over all steps, for a terminal.

    Args:
        steps_done: Steps that a resumed training has behind it.
        total_steps: Steps in all.
    """

    takes_logs_late = True

    def __init__(self, steps_done: int, total_steps: int):
        super().__init__()
        require("rich")
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = [
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("steps, left"),
            TimeRemainingColumn(),
        ]
        self._bar = Progress(*columns, console=Console(file=sys.stderr), transient=True)
        self._task = self._bar.add_task("training", total=total_steps, completed=steps_done)

    def on_train_begin(self, logs: Any = None) -> None:
        self._bar.start()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {}).get("loss")
        self._bar.update(
            self._task,
            advance=1,
            description=f"loss {loss:.4f}" if loss is not None else "training",
        )

    def on_train_end(self, logs: Any = None) -> None:
        self._bar.stop()

    def print(self, line: str) -> None:
        """Writes a line above the bar."""
        self._bar.console.print(line, highlight=False, markup=False, soft_wrap=True)


class Samples(keras.callbacks.Callback):
    """Writes a sample of the model to a file at the end of each epoch; if epochs are shorter than a
    second, about once a second, or less often if samples would take too much of the time.

    Args:
        folder: Gives the current path of the folder for the files.
        sample: Returns a sample of the current model; None if a signal interrupted it.
    """

    def __init__(self, folder: Callable[[], Path], sample: Callable[[], str | None]):
        super().__init__()
        self._folder, self._sample = folder, sample
        self._due_at = -math.inf
        self.latest = ""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        started = time.monotonic()
        if started < self._due_at and epoch + 1 < self.params["epochs"]:
            return
        if (sample := self._sample()) is None:
            return
        # half a surrogate pair
        self.latest = sample.encode("utf-8", "backslashreplace").decode("utf-8")
        # a full disk is reported by the checkpoints, which matter more
        with contextlib.suppress(OSError):
            folder = self._folder()
            folder.mkdir(exist_ok=True)
            write_anew(folder / f"epoch-{epoch + 1:04d}.txt", self.latest + "\n")
        ended = time.monotonic()
        self._due_at = ended + max(1.0, (ended - started) / LARGEST_SHARE)
