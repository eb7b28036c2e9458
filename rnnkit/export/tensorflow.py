"""A model as TensorFlow's own formats, written by keras and TensorFlow from the plain model."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from rnnkit import backend
from rnnkit.architecture import Layer
from rnnkit.cells import RecurrentSpec
from rnnkit.environment import require
from rnnkit.errors import RnnkitError
from rnnkit.export.keras import not_plain, plain_model
from rnnkit.export.target import Model, Target
from rnnkit.progress import log
from rnnkit.storage import write_bytes

OTHERS = "Export to saved_model, onnx or html"


class SavedModel(Target):
    """A folder for TensorFlow, TensorFlow Serving and the converter of TensorFlow.js, for batches
    and sequences of any size.
    """

    summary: ClassVar[str] = "a folder that TensorFlow and TensorFlow Serving read"
    suffix: ClassVar[str] = ""

    def file_name(self, model: Model) -> str:
        return f"{super().file_name(model)}_saved_model"

    def wrote(self, folder: Path) -> bool:
        return folder.is_dir() and (folder / "saved_model.pb").is_file()

    def write(self, model: Model, path: Path) -> None:
        with _on_tensorflow(model) as plain, _disk_errors(path):
            plain.export(path, format="tf_saved_model", verbose=False)


class LiteRT(Target):
    """A file for LiteRT (formerly TensorFlow Lite), for one sequence of any length at a time."""

    summary: ClassVar[str] = "a file for phones and small devices, one sequence at a time"
    suffix: ClassVar[str] = ".tflite"

    def write(self, model: Model, path: Path) -> None:
        if any(_reads_words_by_steps(layer) for layer in model.architecture.all_layers):
            got = "a recurrent layer reads the characters of each word, of words at any number"
            expected = "Expected characters that are read by conv and pool"
            raise RnnkitError(str(model.run), got, expected, OTHERS)
        with _on_tensorflow(model) as plain:
            content = _converted(plain)
        log.info("it answers one sequence at a time (batch 1), of any length")
        write_bytes(path, content)


def _reads_words_by_steps(layer: Layer) -> bool:
    """Whether its loop runs over an unknown number of rows, for which LiteRT has no lists."""
    inner = layer.spec.inner()
    return inner is not None and any(
        isinstance(inner_layer.spec, RecurrentSpec) for inner_layer in inner.all_layers
    )


@contextmanager
def _on_tensorflow(model: Model) -> Iterator[Any]:
    """Builds the plain keras model on TensorFlow."""
    require("tensorflow", "tensorflow")
    if reason := model.architecture.why_not_exported():
        raise not_plain(model, reason)
    backend.select("tensorflow")
    yield plain_model(model.architecture, model.weights)


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """Turns TensorFlow's errors about files into OSErrors."""
    import tensorflow

    raised = tensorflow.errors
    try:
        yield
    except raised.OpError as error:
        kinds = {
            raised.ResourceExhaustedError: errno.ENOSPC,
            raised.PermissionDeniedError: errno.EACCES,
        }
        number = kinds.get(type(error), errno.EIO)
        raise OSError(number, os.strerror(number), str(path)) from error


def _converted(plain: Any) -> bytes:
    """The model as LiteRT's file, frozen with batch 1, so that its loops need no TensorFlow
    operator.

    Raises:
        RnnkitError: If LiteRT has no operator for something that the model computes.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    def answer(*arrays: Any) -> Any:
        return plain(list(arrays) if len(arrays) > 1 else arrays[0], training=False)

    shapes = [
        tf.TensorSpec([1, *data.shape[1:]], data.dtype, name=data.name) for data in plain.inputs
    ]
    frozen = convert_variables_to_constants_v2(tf.function(answer).get_concrete_function(*shapes))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen], plain)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    try:
        return converter.convert()
    except Exception as error:
        expected = "Expected operators that LiteRT has"
        raise RnnkitError("", _first_line(error), expected, OTHERS) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
