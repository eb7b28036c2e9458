"""The user's own arrays: sequences of numbers, such as frames of a video or readings of sensors,
with labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.kinds.base import PARTS
from rnnkit.data.formats.npz import read_arrays
from rnnkit.data.formats.sequences import AXES, OPTIONAL
from rnnkit.data.raw.label_names import label_name
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.read.files import find_file
from rnnkit.errors import RnnkitError, at

_SAMPLES, _STEPS = 24, 12


class Arrays(ArrayDataset):
    """A .npz file with `x` (samples, timesteps, features), `y` (samples,) or (samples, timesteps),
    and `names` of the labels where they are numbers.

    Write one with `numpy.savez("frames.npz", x=x, y=y, names=["walk", "run"])`. Sequences of
    unequal length stand end to end, with `lengths` (samples,), or are padded at their end.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "the user's own file"
    has_columns: ClassVar[bool] = True
    path: str = Field(description="the .npz file to train on")
    validation_path: str | None = Field(
        None, description="a file of its own for validation; else data.split.validation is held out"
    )
    test_path: str | None = Field(None, description="a file of its own for the test")

    def load(self, *, each_step: bool) -> Labelled:
        parts = {}
        for part, key in PARTS.items():
            if path := getattr(self, key):
                with at(self.config_key(key)):
                    kept = tuple(self.kept) if part == "train" else ()
                    parts[part] = _examples(path, each_step, kept)
        widths = {part: examples.texts[0].shape[1] for part, examples in parts.items()}
        if len(set(widths.values())) > 1:
            raise RnnkitError(
                self.config_key(),
                f"features a step: {widths}",
                "Expected the same in each part",
            )
        return Labelled(parts)

    def sample(self, *, each_step: bool) -> Labelled:
        generator = np.random.default_rng(0)
        # a switch, now on, now off
        steps = np.cumsum(generator.random((_SAMPLES, _STEPS)) < 0.2, axis=1) % 2
        x = np.stack(
            [steps + generator.normal(0, 0.3, steps.shape), generator.normal(0, 1, steps.shape)],
            axis=-1,
        ).astype(np.float32)
        labels = [
            tuple(map(["off", "on"].__getitem__, row))
            for row in (steps if each_step else steps[:, -1:])
        ]
        return Labelled({"train": Examples(list(x), labels, lambda index: f"sample: x[{index}]")})

    def read(self, path: str, *, each_step: bool) -> Labelled:
        return Labelled({"data": _examples(path, each_step)})

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path, "an .npz file"))


def _examples(path: str, each_step: bool, kept: Sequence[str] = ()) -> Examples:
    file = find_file(path, "an .npz file")
    sequences, arrays = read_arrays(file, "y", *kept)
    lengths = np.array([len(sequence) for sequence in sequences])
    is_ragged = any(key in arrays for key in OPTIONAL)
    y = _real_labels(arrays["y"], lengths, each_step=each_step, is_ragged=is_ragged)
    if y is None:
        raise _wrong_shape(file, arrays, lengths, each_step=each_step, is_ragged=is_ragged)
    labels = _label_names(y, arrays.get("names"), file).tolist()
    ends = np.cumsum(lengths if each_step else np.ones(len(lengths), np.int64)).tolist()
    return Examples(
        sequences,
        [tuple(labels[start:end]) for start, end in zip([0, *ends], ends, strict=False)],
        lambda index: f"{file}: x[{index}]",
        columns={name: _column(arrays[name], name, len(sequences), file) for name in kept},
    )


def _real_labels(
    y: np.ndarray, lengths: np.ndarray, *, each_step: bool, is_ragged: bool
) -> np.ndarray | None:
    """The label of each sequence, or of each step, end to end; None where the shape is another."""
    if not each_step:
        return y if y.shape == lengths.shape else None
    if is_ragged and y.shape == (lengths.sum(),):
        return y
    has_room = y.ndim == 2 and len(y) == len(lengths) and y.shape[1] >= lengths.max()
    if not has_room or (not is_ragged and y.shape[1] > lengths.max()):
        return None
    return np.asarray(y[np.arange(y.shape[1]) < lengths[:, None]])


def _wrong_shape(
    file: Path, arrays: dict[str, Any], lengths: np.ndarray, *, each_step: bool, is_ragged: bool
) -> RnnkitError:
    y, samples, longest = arrays["y"], len(lengths), int(lengths.max())
    wanted = (samples, longest) if each_step else (samples,)
    expected = f"Expected ({', '.join(AXES[: len(wanted)])}) = {wanted}"
    if each_step and is_ragged:
        expected += f", or all {int(lengths.sum()):,} steps end to end"
    other = _real_labels(y, lengths, each_step=not each_step, is_ragged=is_ragged) is not None
    hint = ""
    if other and each_step:
        hint = "One label a sequence: `task: classification`"
    elif other:
        hint = "A label a step: `task: tagging`"
    got = f"{file}: y has the shape {y.shape}, x {arrays['x'].shape}"
    return RnnkitError("", got, expected, hint)


def _column(array: np.ndarray, name: str, samples: int, file: Path) -> list[Any]:
    """A further array, with a value for each sequence."""
    if array.shape != (samples,):
        got = f"{file}: {name} has the shape {array.shape}"
        raise RnnkitError("", got, f"Expected ({AXES[0]},) = ({samples},)")
    return list(array.tolist())


def _label_names(y: np.ndarray, names: Any, file: Path) -> np.ndarray:
    """The labels as text, in the shape of `y`."""
    if y.dtype.kind not in "Ubuif" or (y.dtype.kind == "f" and not _are_whole(y)):
        raise RnnkitError(
            "",
            f"{file}: y holds {y.dtype} that are not whole numbers",
            "Expected labels: whole numbers or text",
        )
    if names is None or y.dtype.kind == "U":
        different, places = np.unique(y, return_inverse=True)
        return np.array([label_name(label) for label in different])[places].reshape(y.shape)
    if names.ndim != 1 or names.dtype.kind != "U" or len(set(names.tolist())) < len(names):
        raise RnnkitError(
            "",
            f"{file}: names has the shape {names.shape} and holds {names.dtype}",
            "Expected different texts, one a label",
        )
    if y.min() < 0 or y.max() >= len(names):
        raise RnnkitError(
            "",
            f"{file}: y goes from {int(y.min())} to {int(y.max())}, but there are"
            f" {len(names)} names",
            "Expected a name for each",
        )
    return np.asarray(names[y.astype(np.int64)])


def _are_whole(y: np.ndarray) -> bool:
    return bool((np.isfinite(y) & (np.trunc(y) == y)).all())
