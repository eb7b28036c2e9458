"""The user's own arrays: sequences of numbers, such as frames of a video or readings of sensors,
with labels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.kinds.base import PARTS
from rnnkit.data.formats.npz import AXES, read_arrays
from rnnkit.data.raw.label_names import label_name
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.read.files import find_file
from rnnkit.errors import RnnkitError, at

_SAMPLES, _STEPS = 24, 12


class Arrays(ArrayDataset):
    """A .npz file with `x` (samples, timesteps, features), `y` (samples,) or (samples, timesteps),
    and `names` of the labels where they are numbers.

    Write one with `numpy.savez("frames.npz", x=x, y=y, names=["walk", "run"])`.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "the user's own file"
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
                    parts[part] = _examples(path, each_step)
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


def _examples(path: str, each_step: bool) -> Examples:
    file = find_file(path, "an .npz file")
    arrays = read_arrays(file, "x", "y")
    x, y = arrays["x"], arrays["y"]
    wanted = x.shape[: 2 if each_step else 1]
    if y.shape != wanted:
        axes = ", ".join(AXES[: len(wanted)])
        hint = {
            x.shape[:1]: "One label a sequence: `task: classification`",
            x.shape[:2]: "A label a step: `task: tagging`",
        }.get(y.shape, "")
        raise RnnkitError(
            "",
            f"{file}: y has the shape {y.shape}, x {x.shape}",
            f"Expected ({axes}) = {wanted}",
            hint,
        )
    labels = _label_names(y, arrays.get("names"), file)
    return Examples(
        list(x),
        [tuple(row) for row in labels.reshape(len(x), -1).tolist()],
        lambda index: f"{file}: x[{index}]",
    )


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
