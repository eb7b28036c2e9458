"""What a person sees of a training: a line per epoch, a bar with the time left, TensorBoard
curves."""

from __future__ import annotations

import contextlib
import math
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from rnnkit.progress import log


class EpochLines(keras.callbacks.Callback):
    """A row per epoch: its scores, its seconds, and the time that is left."""

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
            log.info(
                " ".join(
                    [
                        f"{'epoch':>{width}}",
                        *(f"{name:>{max(len(name), 9)}}" for name in names),
                        "seconds",
                        "   left",
                    ]
                )
            )
            self._has_header = True
        cells = [
            f"{f'{epoch + 1}/{total}':>{width}}",
            *(f"{row[name]:>{max(len(name), 9)}.4f}" for name in names),
        ]
        left = clock(row["seconds"] * (total - epoch - 1))
        log.info(f"{' '.join(cells)} {row['seconds']:>7.2f} {left:>7}")


def clock(seconds: float) -> str:
    """Minutes and seconds, or hours before them: "3:07", "1:02:00"."""
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
        if minutes >= 60
        else f"{minutes}:{rest:02d}"
    )


class Bar(keras.callbacks.Callback):
    """A live bar over all steps, for a terminal.

    Args:
        steps_done: Steps before this start, on a resumed training.
        total_steps: Steps in all.
    """

    def __init__(self, steps_done: int, total_steps: int):
        super().__init__()
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
    """What the model says at the end of each epoch, one file each; of epochs that take less than a
    second, about one each second.

    Args:
        folder: Where the files go.
        sample: Gives what the model says at present.
    """

    def __init__(self, folder: Path, sample: Callable[[], str]):
        super().__init__()
        self._folder, self._sample = folder, sample
        self._written_at = -math.inf
        self.latest = ""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if time.monotonic() - self._written_at < 1 and epoch + 1 < self.params["epochs"]:
            return
        self.latest = self._sample()
        # a full disk is told of by what matters more: the checkpoints
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            (self._folder / f"epoch-{epoch + 1:04d}.txt").write_text(
                self.latest + "\n", encoding="utf-8"
            )
        self._written_at = time.monotonic()


class TensorBoard(keras.callbacks.Callback):
    """Curves, histograms of weights and samples as TensorBoard events, on either backend (keras'
    own callback needs TensorFlow).

    Args:
        folder: Where the event file goes.
        weights: Gives the model's weights by name.
        sample: Gives what the model says at present.
        looks: How often, at most, weights and samples are written over the whole training.
    """

    def __init__(
        self,
        folder: Path,
        weights: Callable[[], dict[str, np.ndarray]],
        sample: Callable[[], str],
        looks: int = 10,
    ):
        super().__init__()
        self._folder, self._weights, self._sample, self._looks = folder, weights, sample, looks
        self._writer: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._folder.mkdir(exist_ok=True)
        # TensorBoard reads files in the order of their names: the time stands first.
        path = (
            self._folder
            / f"events.out.tfevents.{time.time():010.0f}.{platform.node()}.{os.getpid()}.{time.monotonic_ns()}"  # noqa: E501
        )
        self._writer = RecordWriter(open(path, "xb"))  # noqa: SIM115 (closed when the training ends)
        self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [
            Summary.Value(tag=f"epoch/{name}", simple_value=value)
            for name, value in (logs or {}).items()
            if name != "epoch"
        ]
        epochs = self.params["epochs"]
        if (epoch + 1) % -(-epochs // self._looks) == 0 or epoch + 1 == epochs:
            values += [
                Summary.Value(tag=f"weights/{name}", histo=_histogram(array))
                for name, array in self._weights().items()
            ]
            values.append(_text("sample", self._sample()))
        self._write(Event(wall_time=time.time(), step=epoch + 1, summary=Summary(value=values)))

    def on_train_end(self, logs: Any = None) -> None:
        with contextlib.suppress(OSError):
            self._writer.close()

    def _write(self, event: Any) -> None:
        """Down to the file at once, because a killed process would lose its curves; a full disk is
        no reason to stop.
        """
        with contextlib.suppress(OSError):
            self._writer.write(event.SerializeToString())
            self._writer.flush()


def _histogram(array: np.ndarray) -> Any:
    from tensorboard.compat.proto.summary_pb2 import HistogramProto

    # in float32, 30 bins may not fit between neighbouring numbers
    values = array.astype(np.float64)
    counts, edges = np.histogram(values, bins=30)
    return HistogramProto(
        min=values.min(),
        max=values.max(),
        num=values.size,
        sum=values.sum(),
        sum_squares=(values**2).sum(),
        bucket_limit=edges[1:],
        bucket=counts,
    )


def _text(tag: str, text: str) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING

    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    return Summary.Value(
        tag=tag, metadata=metadata, tensor=TensorProto(dtype=DT_STRING, string_val=[text.encode()])
    )
