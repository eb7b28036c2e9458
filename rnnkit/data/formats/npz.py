"""NumPy archives of sequences of numbers; nothing in them is ever unpickled."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, ClassVar

import numpy as np

from rnnkit.data.formats.format import Format, Row
from rnnkit.errors import RnnkitError

AXES = ("samples", "timesteps", "features")

_HINT = 'Write one with numpy.savez("data.npz", x=x, y=y)'


class Npz(Format):
    """An archive with `x` (samples, timesteps, features): {"x": (timesteps, features) float32} for
    each sample.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".npz",)
    is_text: ClassVar[bool] = False

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        for number, sequence in enumerate(_arrays(file, source, ("x",))["x"]):
            yield Row(number, {"x": sequence})

    def place(self, source: str, number: int) -> str:
        return f"{source}: x[{number}]"


def read_arrays(path: Path, *keys: str) -> dict[str, np.ndarray]:
    """The arrays of an .npz file, and `names` where it has them.

    Args:
        path: The file.
        keys: The arrays that must be there: `x` (samples, timesteps, features), as finite float32,
            and others as they are.

    Raises:
        RnnkitError: If it is not such a file, needs pickle, or holds numbers that are not finite.
    """
    try:
        with open(path, "rb") as file:
            return _arrays(file, str(path), keys)
    except OSError as error:
        got = f"{path} cannot be read ({error})"
        raise RnnkitError("", got, "Expected an .npz file", _HINT) from None


def _arrays(file: IO[bytes], source: str, keys: Sequence[str]) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    key = ""
    try:
        _require_archive(file, source)
        with np.load(file, allow_pickle=False) as archive:
            if missing := [key for key in keys if key not in archive.files]:
                there = ", ".join(archive.files) or "nothing"
                got = f"{source} has no array {missing[0]!r}"
                raise RnnkitError("", got, f"It has: {there}", _HINT)
            for key in archive.files:
                if key in (*keys, "names"):
                    arrays[key] = archive[key]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        if "allow_pickle" in str(error):
            got = f"the array {key!r} of {source} holds Python objects, which only pickle reads"
            expected = "Expected numbers: a pickle can run any code"
            raise RnnkitError("", got, expected, _HINT) from None
        got = f"{source} cannot be read ({error})"
        raise RnnkitError("", got, "Expected an .npz file", _HINT) from None
    if "x" in arrays:
        arrays["x"] = _finite_numbers(arrays["x"], source)
    return arrays


def _require_archive(file: IO[bytes], source: str) -> None:
    """Refuses a file that is not a whole zip archive."""
    if not zipfile.is_zipfile(file):
        file.seek(0)
        is_array = file.read(6) == b"\x93NUMPY"
        what = "holds a single array" if is_array else "is not an .npz file, or a torn one"
        raise RnnkitError("", f"{source} {what}", "Expected an .npz file", _HINT)
    file.seek(0)


def _finite_numbers(x: np.ndarray, source: str) -> np.ndarray:
    """`x` as float32."""
    if x.ndim != len(AXES) or not x.size:
        hint = "Add an axis: x[..., None]" if x.ndim == 2 else ""
        expected = f"Expected ({', '.join(AXES)}), none of them 0"
        raise RnnkitError(source, f"x has the shape {x.shape}", expected, hint)
    if x.dtype.kind not in "buif":
        raise RnnkitError(source, f"x holds {x.dtype}", "Expected numbers")
    with np.errstate(over="ignore"):
        numbers = x.astype(np.float32)
    wrong = np.argwhere(~np.isfinite(numbers))
    if len(wrong):
        sample, step, feature = map(int, wrong[0])
        got = (
            f"{len(wrong):,} values are not finite, the first at x[{sample}, {step}, {feature}]:"
            f" {x[sample, step, feature]}"
        )
        hint = "Fill or leave out those samples"
        raise RnnkitError(source, got, "Expected finite numbers", hint)
    return numbers
