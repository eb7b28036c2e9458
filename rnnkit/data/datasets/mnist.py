"""Sequential MNIST: images of digits read row by row, or pixel by pixel."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from rnnkit.data.datasets.arrays import read_further
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.raw.reference_scores import BAI, ReferenceScores, published
from rnnkit.data.read.files import find_file_or_folder
from rnnkit.data.read.images import EXPECTED, Images, read_images
from rnnkit.errors import RnnkitError, at

DIGITS, SIZE, OF_EACH = 10, 28, 5
BRIGHTEST = 255
REPORTED = {"LSTM": 0.872, "GRU": 0.962, "RNN": 0.215}


class Mnist(ArrayDataset):
    """Sequential MNIST: which digit is an image, read row by row from above, or pixel by pixel (Le
    et al. 2015)? The files are your own: nothing is downloaded.

    They are keras' mnist.npz, or the four idx files in a folder. Numbers are from 0 to 1.
    """

    short: ClassVar[str | None] = "path"
    brings: ClassVar[tuple[str, ...]] = ("test",)
    origin: ClassVar[str] = "your own files: mnist.npz as keras has it, or the four idx files"
    path: str = Field(description="mnist.npz, or the folder of the four idx files, .gz or not")
    by: Literal["rows", "pixels"] = Field(
        "rows", description="what a step reads: a row of 28 pixels, or one pixel of 784"
    )
    scale: Literal["standard", "none"] = Field(
        "none", description="mean 0 and deviation 1 on the training set, or from 0 to 1 as they are"
    )

    def load(self, *, each_step: bool) -> Labelled:
        self._require_one_label(each_step=each_step)
        with at(self.config_key("path")):
            path = find_file_or_folder(self.path, EXPECTED.removeprefix("Expected "))
            images = read_images(path)
        return self._labelled(images, str(path))

    def sample(self, *, each_step: bool) -> Labelled:
        self._require_one_label(each_step=each_step)
        labels = np.tile(np.arange(DIGITS), OF_EACH)
        pixels = np.random.default_rng(0).integers(0, 40, (len(labels), SIZE, SIZE))
        for image, digit in enumerate(labels):
            pixels[image, 4 + 2 * digit : 6 + 2 * digit, 6:22] = BRIGHTEST
        images = {"train": (pixels.astype(np.uint8), labels)}
        return self._labelled(images, "sample")

    def read(self, path: str, *, each_step: bool) -> Labelled:
        return read_further(path, each_step=each_step)

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file_or_folder(self.path, EXPECTED.removeprefix("Expected ")))

    def known_scores(self) -> list[ReferenceScores]:
        if self.by == "rows":
            return []
        source = f"{BAI}: pixel by pixel, 70,000 weights"
        return [published(name, {"accuracy": share}, source) for name, share in REPORTED.items()]

    def _require_one_label(self, *, each_step: bool) -> None:
        if each_step:
            got, hint = (
                "an image has one label, not one at each step",
                "Write `task: classification`",
            )
            raise RnnkitError(self.config_key(), got, "Expected a classifier", hint)

    def _labelled(self, images: Images, source: str) -> Labelled:
        return Labelled({part: self._part(*of, source) for part, of in images.items()})

    def _part(self, pixels: np.ndarray, labels: np.ndarray, source: str) -> Examples:
        width = pixels.shape[2] if self.by == "rows" else 1
        steps = (pixels / np.float32(BRIGHTEST)).astype(np.float32).reshape(len(pixels), -1, width)
        names = [(str(label),) for label in labels.tolist()]
        return Examples(list(steps), names, lambda index: f"{source}: image {index + 1}")
