"""The user's own arrays: labelled sequences of numbers, such as video frames or sensor readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.kinds.base import PARTS
from rnnkit.data.formats.npz import read_arrays
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.read.files import find_file
from rnnkit.data.read.labelled_arrays import labelled_arrays
from rnnkit.errors import RnnkitError, at

_SAMPLES, _STEPS = 24, 12


class Arrays(ArrayDataset):
    """A .npz file with `x` (samples, timesteps, features), `y` (samples,) or (samples, timesteps),
    and `names` of the labels where they are numbers.

    Write one with `numpy.savez("frames.npz", x=x, y=y, names=["walk", "run"])`. Sequences of
    unequal length stand end to end, with `lengths` (samples,), or are padded at their end.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "your own file"
    has_columns: ClassVar[bool] = True
    path: str = Field(description="the .npz file to train on")
    validation_path: str | None = Field(
        None,
        description="a separate file for validation; otherwise data.split.validation is held out",
    )
    test_path: str | None = Field(None, description="a separate file for the test")

    def load(self, *, each_step: bool) -> Labelled:
        parts = {}
        for part, key in PARTS.items():
            if path := getattr(self, key):
                with at(self.config_key(key)):
                    kept = tuple(self.kept) if part == "train" else ()
                    parts[part] = _examples(path, each_step, kept)
        with at(self.config_key()):
            require_one_width(parts)
        return Labelled(parts)

    def sample(self, *, each_step: bool) -> Labelled:
        generator = np.random.default_rng(0)
        # a switch that is turned on and off
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
        return read_further(path, each_step=each_step)

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path, "an .npz file"))


def _examples(path: str, each_step: bool, kept: Sequence[str] = ()) -> Examples:
    file = find_file(path, "an .npz file")
    sequences, arrays = read_arrays(file, "y", *kept)
    return labelled_arrays(sequences, arrays, str(file), each_step=each_step, kept=kept)


def read_further(path: str, *, each_step: bool) -> Labelled:
    """Reads a further file of labelled sequences."""
    return Labelled({"data": _examples(path, each_step)})


def require_one_width(parts: Mapping[str, Examples]) -> None:
    """Checks that all parts have the same number of features.

    Raises:
        RnnkitError: If they differ.
    """
    widths = {part: examples.texts[0].shape[1] for part, examples in parts.items()}
    if len(set(widths.values())) > 1:
        raise RnnkitError("", f"features per step: {widths}", "Expected the same in each part")
