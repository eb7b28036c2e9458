"""NumPy archives of sequences of numbers; nothing is ever unpickled."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, ClassVar

import numpy as np

from rnnkit.data.formats.format import Format, Row
from rnnkit.data.formats.sequences import OPTIONAL, UNEQUAL, sequences_of
from rnnkit.errors import RnnkitError, nearest
from rnnkit.storage.arrays import Archive
from rnnkit.storage.damage import blaming
from rnnkit.storage.reading import open_file

_NAMED = ("x", "y")  # fixed names; others come from the config
_HINT = 'Write one with numpy.savez("data.npz", x=x, y=y)'


class Npz(Format):
    """An archive with `x` (samples, timesteps, features), or of unequal length as `sequences_of`
    says: {"sample": 0, "x": (timesteps, features) float32} for each sample.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".npz",)
    is_text: ClassVar[bool] = False

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        arrays = _arrays(file, source, ("x",))
        for number, sequence in enumerate(sequences_of(arrays, source)):
            yield Row(number, {"sample": number, "x": sequence})

    def place(self, source: str, number: int) -> str:
        return f"{source}: x[{number}]"


def read_arrays(path: Path, *keys: str) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """Reads an .npz file.

    Args:
        path: The file.
        keys: Required arrays, in addition to `x`.

    Returns:
        The sequences, each (timesteps, features) float32, and the arrays of the file.

    Raises:
        RnnkitError: If it is not such a file, needs pickle, or contains numbers that are not
            finite.
    """
    try:
        with open_file(path) as file:
            arrays = _arrays(file, str(path), ("x", *keys))
            return sequences_of(arrays, str(path)), arrays
    except OSError as error:
        got = f"{path} cannot be read ({error})"
        raise RnnkitError("", got, "Expected an .npz file", _HINT) from None


def _arrays(file: IO[bytes], source: str, keys: Sequence[str]) -> dict[str, np.ndarray]:
    _require_archive(file, source)
    archive = Archive(file, source)
    if missing := [key for key in keys if key not in archive.names]:
        names = ", ".join(archive.names) or "nothing"
        got = f"{source} has no array {missing[0]!r}"
        near = nearest(missing[0], archive.names, 1)
        hint = f"Did you mean {near[0]!r}?" if near else _HINT
        if near and missing[0] in _NAMED:
            hint = f"Rename {near[0]!r} to {missing[0]!r}"
        raise RnnkitError("", got, f"It has: {names}", hint)
    arrays: dict[str, np.ndarray] = {}
    for key in archive.names:
        if key in (*keys, "names", *OPTIONAL):
            if archive.header(key).dtype.hasobject:
                got = f"the array {key!r} of {source} holds Python objects, which only pickle reads"
                expected = "Expected numbers: a pickle can run any code"
                raise RnnkitError("", got, expected, UNEQUAL if key == "x" else _HINT)
            arrays[key] = archive.read(key)
    return arrays


def _require_archive(file: IO[bytes], source: str) -> None:
    """Checks that a file is a complete zip archive."""
    with blaming(source):
        is_zip = zipfile.is_zipfile(file)
    if not is_zip:
        file.seek(0)
        is_array = file.read(6) == b"\x93NUMPY"
        what = "holds a single array" if is_array else "is not an .npz file, or an incomplete one"
        raise RnnkitError("", f"{source} {what}", "Expected an .npz file", _HINT)
    file.seek(0)
