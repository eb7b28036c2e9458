"""The data that a task trains on: parts, encoded, with the codec that encoded them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, Protocol

import numpy as np
from typing_extensions import TypeVar

from rnnkit.computations import ComputedResults
from rnnkit.run import RunFolder
from rnnkit.training.batches import Batches, in_buckets


class Codec(Protocol):
    """Turns raw data into arrays, and answers into words; saved in the run folder."""

    def save(self, run: RunFolder) -> None:
        """Saves it in the run folder, from which the task's `load_codec` reads it."""


class Part(Protocol):
    """One part of the data, encoded."""

    def __len__(self) -> int:
        """The number of examples: texts, sentences, pairs, windows or tokens to predict."""

    def batches(self, batch_size: int) -> Batches:
        """The part in batches for training, with `batch_size` examples (or streams) per step."""

    def arrays(self) -> Iterable[np.ndarray | bytes]:
        """The arrays that identify these data, always in the same order."""


C = TypeVar("C", bound=Codec, default=Codec)
P = TypeVar("P", bound=Part, default=Part)


@dataclass(frozen=True)
class Source:
    """Which data a task prepares.

    Args:
        sample: Whether the small built-in sample replaces the data set, for `--smoke`.
        file: A further file, by its path, or data in memory, read as the part "data".
        refit: Whether the codec is that of a run to start from: its vocabulary and labels are kept,
            but statistics of the data, such as counts and scales, are those of this training set.
    """

    sample: bool = False
    file: object | None = None
    refit: bool = False

    @property
    def place(self) -> str:
        """What messages call the further data: the option that names a file, or the argument."""
        return "--data" if isinstance(self.file, str) else "data"


class Parts(Mapping[str, P]):
    """Parts of the data by name. Those that a training does not need are encoded on first use.

    Args:
        encoded: The parts that every training needs.
        later: A function for each of the others that encodes it.
    """

    def __init__(self, encoded: Mapping[str, P], later: Mapping[str, Callable[[], P]]):
        self._encoded, self._later = dict(encoded), later

    def __getitem__(self, name: str) -> P:
        if name not in self._encoded and name in self._later:
            self._encoded[name] = self._later[name]()
        return self._encoded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._encoded or name in self._later

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._encoded, *self._later]))

    def __len__(self) -> int:
        return len(self._encoded.keys() | self._later.keys())


@dataclass
class Prepared(Generic[C, P]):
    """A task's data, ready for training and scoring.

    Args:
        codec: The codec that encoded them.
        parts: "train", and "validation" and "test" if they are held out; "data" is a further file.
        batch_size: Examples per training step.
        notes: Remarks: sizes, vocabulary, what was truncated or dropped.
        computed: Results of long computations on the data, such as baselines.
        checksums: Checksums of the raw data of parts that are encoded later, for the fingerprint.
        source: Which data they are.
        num_buckets: The largest number of widths of batches; None for the usual number.
    """

    codec: C
    parts: Mapping[str, P]
    batch_size: int
    notes: Sequence[str] = field(default_factory=list)
    computed: ComputedResults = field(default_factory=ComputedResults)
    checksums: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source()
    num_buckets: int | None = None

    @cached_property
    def train(self) -> Batches:
        """The training set in batches."""
        return self._batches(self.parts["train"])

    @cached_property
    def validation(self) -> Batches | None:
        """The validation set in batches; None if there is none."""
        held_out = self.parts.get("validation")
        return self._batches(held_out) if held_out is not None else None

    def _batches(self, part: P) -> Batches:
        return in_buckets(part.batches(self.batch_size), self.num_buckets)

    @property
    def watched(self) -> str:
        """The part on which choices are based: validation, else train."""
        return "validation" if "validation" in self.parts else "train"

    @cached_property
    def fingerprint(self) -> str:
        """A checksum of the data, which a resumed run must find unchanged."""
        return self._fingerprint(self.checksums)

    def are_those_of(self, fingerprint: str) -> bool:
        """Whether a run with this fingerprint was trained on these data; earlier versions computed
        it from every part's encoded arrays.
        """
        return fingerprint == self.fingerprint or (
            bool(self.checksums) and fingerprint == self._fingerprint({})
        )

    def _fingerprint(self, checksums: Mapping[str, str]) -> str:
        checksum = hashlib.sha256()
        for name in sorted(self.parts.keys() - {"data"}):
            if name in checksums:
                checksum.update(checksums[name].encode())
                continue
            for array in self.parts[name].arrays():
                checksum.update(array if isinstance(array, bytes) else array.tobytes())
        return checksum.hexdigest()
