"""model.keras: a run's model in keras' own classes."""

from __future__ import annotations

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.errors import RnnkitError
from rnnkit.platform.disk import exit_code
from rnnkit.progress import log
from rnnkit.run import RunFolder
from rnnkit.storage import write_bytes


def export_keras(
    architecture: Architecture, weights: dict[str, np.ndarray], run: RunFolder
) -> None:
    """Writes model.keras: keras' own classes alone, without optimizer, so that it opens anywhere.

    Nothing is written where plain keras cannot say what a layer computes.

    Raises:
        RnnkitError: If it cannot be written.
    """
    from rnnkit.models.build import build_model, set_weights

    if reason := architecture.why_not_exported():
        log.warning(
            f"{run.keras_export.name}: not written: {reason}; NumPy answers, from the weights"
        )
        return
    twin = build_model(architecture.for_export())
    set_weights(twin, architecture, weights)
    temporary = run.path / ".export.keras"
    temporary.unlink(missing_ok=True)  # keras writes through a link
    try:
        twin.save(temporary)
        write_bytes(run.keras_export, temporary.read_bytes())
    except OSError as error:
        raise RnnkitError(
            str(run.keras_export),
            f"not written: {error.strerror or error}",
            "",
            f"Free some space, then write it again with `rnnkit train {run} --resume`",
            exit_code=exit_code(error),
        ) from None
    finally:
        temporary.unlink(missing_ok=True)
