"""A model in keras' own classes, which plain keras opens."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from rnnkit import backend
from rnnkit.architecture import Architecture
from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.export.onnx import why_not_written
from rnnkit.export.target import Model, Target, elsewhere
from rnnkit.platform.disk import cure, exit_code
from rnnkit.progress import log
from rnnkit.resume_command import resume_command
from rnnkit.run import RunFolder
from rnnkit.storage import write_bytes

DATED = (1980, 2107)
"""The years that a ZIP archive can hold."""


class Keras(Target):
    """A model of keras' own classes alone, without optimizer."""

    summary: ClassVar[str] = "a .keras file that plain keras opens"
    suffix: ClassVar[str] = ".keras"

    def write(self, model: Model, path: Path) -> None:
        if reason := model.architecture.why_not_exported():
            raise not_plain(model, reason)
        if reason := why_not_dated():
            raise RnnkitError("the clock", reason, "", "Set the clock", exit_code=RUN_FAILED)
        backend.select()
        plain_model(model.architecture, model.weights).save(path)


def not_plain(model: Model, reason: str) -> RnnkitError:
    """The error for a layer that plain keras does not have."""
    hint = elsewhere(why_not_written(model.architecture), "onnx or html")
    return RnnkitError(str(model.run), reason, "Expected layers that plain keras has", hint)


def why_not_dated() -> str:
    """Why keras' file, a ZIP archive, cannot hold the time of this machine; "" if it can."""
    now = time.localtime()
    if DATED[0] <= now.tm_year <= DATED[1]:
        return ""
    today = time.strftime("%Y-%m-%d", now)
    return f"{today}, and the file, a ZIP archive, holds dates from {DATED[0]} to {DATED[1]}"


def plain_model(architecture: Architecture, weights: dict[str, np.ndarray]) -> Any:
    """The `keras.Model` of keras' own classes, once the backend is selected."""
    from rnnkit.models.build import build_model, set_weights

    plain = build_model(architecture.for_export())
    set_weights(plain, architecture, weights)
    return plain


def export_keras(
    architecture: Architecture, weights: dict[str, np.ndarray], run: RunFolder
) -> None:
    """Writes a run's model.keras: keras' own classes alone, without optimizer, so that it opens
    anywhere.

    Nothing is written if plain keras cannot express a layer.

    Raises:
        RnnkitError: If it cannot be written.
    """
    if reason := architecture.why_not_exported():
        log.warning(
            f"{run.keras_export.name}: not written: {reason}; NumPy answers, from the weights"
        )
        return
    if reason := why_not_dated():
        log.warning(
            f"{run.keras_export.name}: not written: the clock says {reason}; NumPy answers, from"
            " the weights. Set the clock, then resume the training, which writes it"
        )
        return
    plain = plain_model(architecture, weights)
    temporary = run.path / ".export.keras"
    temporary.unlink(missing_ok=True)  # keras writes through a link
    try:
        plain.save(temporary)
        write_bytes(run.keras_export, temporary.read_bytes())
    except OSError as error:
        raise RnnkitError(
            str(run.keras_export),
            f"not written: {error.strerror or error}",
            "",
            cure(error, f"write it again with `{resume_command(run)}`"),
            exit_code=exit_code(error),
        ) from None
    finally:
        temporary.unlink(missing_ok=True)
