"""What a data set is: a spec that brings raw examples, in parts where its authors split them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.errors import RnnkitError


class Split(Spec):
    """Which share of the data is held out: a contiguous part at the end, first validation, then test."""

    short: ClassVar[str | None] = "validation"
    validation: float = Field(0.1, ge=0, lt=1, description="the share that chooses the best weights; 0 for none")
    test: float = Field(0.0, ge=0, lt=1, description="the share that is scored once, at the end")


@dataclass(frozen=True)
class Corpus:
    """Running text; `validation` and `test` where the data set has its own."""

    train: str
    validation: str = ""
    test: str = ""

    def split(self, shares: Split, at_space: bool) -> Corpus:
        """The corpus in parts: its own where it has them, else cut by `shares`.

        Args:
            shares: The shares to hold out.
            at_space: Cut only before white space, so that no word is torn.

        Raises:
            RnnkitError: If a part that was asked for holds no text.
        """
        if self.validation or self.test:
            return self
        length = len(self.train)
        first = _cut(self.train, round(length * (1 - shares.validation - shares.test)), at_space)
        second = _cut(self.train, round(length * (1 - shares.test)), at_space)
        parts = Corpus(self.train[:first], self.train[first:second], self.train[second:])
        for part, share in {"train": 1.0, "validation": shares.validation, "test": shares.test}.items():
            if share and not getattr(parts, part).strip():
                got = f"validation {shares.validation:g} and test {shares.test:g} of {length:,} characters leave the {part} part without text"
                raise RnnkitError(
                    "data.split",
                    got,
                    "Expected shares that leave some to each part",
                    f"A longer text, or data.split.{part}: 0 for none" if part != "train" else "A longer text, or smaller shares",
                )
        return parts


def _cut(text: str, position: int, at_space: bool) -> int:
    if at_space:
        while position < len(text) and not text[position].isspace():
            position += 1
    return position


class Dataset(Spec):
    """The base of every data set."""

    origin: ClassVar[str] = ""
    licence: ClassVar[str] = ""

    def fetch(self) -> str:
        """Brings the data to this machine where they are not here; says where they are."""
        return "comes with rnnkit: nothing to fetch"


class TextDataset(Dataset):
    """A data set of running text."""

    @abstractmethod
    def load(self) -> Corpus:
        """The text.

        Raises:
            RnnkitError: If it is not at hand or cannot be read.
        """

    @abstractmethod
    def sample(self) -> Corpus:
        """A small text in its place that comes with rnnkit, for `--smoke`."""


class SeriesDataset(Dataset):
    """A data set of numbers in the order of time."""

    @abstractmethod
    def load(self) -> np.ndarray:
        """The series, (steps, features) float32; the first feature is the one to forecast.

        Raises:
            RnnkitError: If it is not at hand or cannot be read.
        """

    @abstractmethod
    def sample(self) -> np.ndarray:
        """A small series in its place that comes with rnnkit, for `--smoke`."""
