"""How far back in time the gradient reaches, measured at the end of each epoch: gradients.csv."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras

from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.storage import write_text
from rnnkit.storage.reading import read_bytes

HEADER = "epoch,layer,steps,reach,rate,left,radius"
MOST_BYTES = 64_000_000


class Diagnosis(keras.callbacks.Callback):
    """Writes a row for each recurrent layer and epoch, and warns if a layer needs a cure.

    Args:
        path: Gives the file's current path.
        measure: Measures the current model: the cells of each row after the epoch's number, and
            remarks on what is wrong and what to try.
    """

    def __init__(
        self,
        path: Callable[[], Path],
        measure: Callable[[], tuple[Sequence[Sequence[object]], Sequence[str]]],
    ):
        super().__init__()
        self._path, self._measure = path, measure
        self._warned = set[str]()
        self._fails = False

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._fails:
            return
        try:
            rows, remarks = self._measure()
        except RnnkitError as error:  # a layer that only keras knows
            self._fails = True
            log.warning(f"train.diagnose: {error}")
            return
        for remark in remarks:
            if remark not in self._warned:
                log.warning(f"train.diagnose: epoch {epoch + 1}: {remark}")
            self._warned.add(remark)
        lines = [",".join(map(str, (epoch + 1, *cells))) for cells in rows]
        with contextlib.suppress(OSError):  # what matters more reports a full disk
            write_text(self._path(), "\n".join([HEADER, *self._before(epoch), *lines]) + "\n")

    def _before(self, epoch: int) -> list[str]:
        """The rows of earlier epochs; the file of a resumed training may have later ones, too."""
        path = self._path()
        if not epoch or not path.is_file():
            return []
        text = read_bytes(path, MOST_BYTES).decode("utf-8", "replace")
        rows = [line for line in text.splitlines()[1:] if line.split(",", 1)[0].isdecimal()]
        return [line for line in rows if int(line.split(",", 1)[0]) <= epoch]
