"""Curves, histograms of weights and samples as TensorBoard events."""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from rnnkit.environment import require
from rnnkit.stage_times import stage


class TensorBoard(keras.callbacks.Callback):
    """Writes TensorBoard's events without TensorFlow, which keras' own callback needs.

    Args:
        folder: Where the event file goes.
        weights: Returns the model's weights by name.
        sample: Returns a sample of the model as it is.
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

    @stage("tensorboard")
    def on_train_begin(self, logs: Any = None) -> None:
        require("tensorboard")
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._folder.mkdir(exist_ok=True)
        # TensorBoard reads files in the order of their names: the time comes first.
        writer = f"{platform.node()}.{os.getpid()}.{time.monotonic_ns()}"
        path = self._folder / f"events.out.tfevents.{time.time():010.0f}.{writer}"
        self._writer = RecordWriter(open(path, "xb"))  # noqa: SIM115 (closed when the training ends)
        self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))

    @stage("tensorboard")
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
