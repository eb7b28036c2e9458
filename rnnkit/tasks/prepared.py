"""What a task trains on: data in parts, encoded, with the codec that encoded them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, Protocol

import numpy as np
from typing_extensions import TypeVar

from rnnkit.computed import Computed
from rnnkit.run import RunFolder
from rnnkit.training.batches import Batches, in_buckets


class Codec(Protocol):
    """What turns raw data into arrays and answers into words; kept in the run folder."""

    def save(self, run: RunFolder) -> None:
        """Keeps it in the run folder; the task's `load_codec` reads it back."""


class Part(Protocol):
    """One part of the data, encoded."""

    def __len__(self) -> int:
        """Examples: texts, sentences, pairs, windows or tokens to predict."""

    def batches(self, batch_size: int) -> Batches:
        """The part as training reads it, `batch_size` examples (or streams) a step."""

    def arrays(self) -> Iterable[np.ndarray | bytes]:
        """What identifies these data, always in the same order."""


C = TypeVar("C", bound=Codec, default=Codec)
P = TypeVar("P", bound=Part, default=Part)


@dataclass(frozen=True)
class Source:
    """Which data a task prepares.

    Args:
        sample: The small built-in sample instead of the data set, for `--smoke`.
        file: A further file by its path, or data in memory, read as the part "data".
        refit: Whether the codec is that of a run to start from: its vocabulary and its labels are
            kept, but what are statistics of the data, counts and scales, is that of this training
            part.
    """

    sample: bool = False
    file: object | None = None
    refit: bool = False

    @property
    def place(self) -> str:
        """What messages call the further data: an option that names a file, or an argument."""
        return "--data" if isinstance(self.file, str) else "data"


class Parts(Mapping[str, P]):
    """Parts of the data by name, some of which no training needs: they are encoded when they are
    first asked for.

    Args:
        encoded: Those that every training needs.
        later: What encodes each of the others.
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
        codec: What encoded them.
        parts: "train", and "validation" and "test" where they are held out; "data" is a further
            file.
        batch_size: Examples of a training step.
        notes: Remarks: sizes, vocabulary, what was truncated or dropped.
        computed: Results of what takes long to compute of them, such as baselines.
        checksums: Of the raw data of parts that are not encoded for the fingerprint.
        source: Which data they are.
        num_buckets: Of how many widths batches of unequal rows are at most; None for the usual
            number.
    """

    codec: C
    parts: Mapping[str, P]
    batch_size: int
    notes: Sequence[str] = field(default_factory=list)
    computed: Computed = field(default_factory=Computed)
    checksums: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source()
    num_buckets: int | None = None

    @cached_property
    def train(self) -> Batches:
        """The training set in batches."""
        return self._batches(self.parts["train"])

    @cached_property
    def validation(self) -> Batches | None:
        """The validation part in batches, where there is one."""
        held_out = self.parts.get("validation")
        return self._batches(held_out) if held_out is not None else None

    def _batches(self, part: P) -> Batches:
        return in_buckets(part.batches(self.batch_size), self.num_buckets)

    @property
    def watched(self) -> str:
        """The part that choices are based on: validation, else train."""
        return "validation" if "validation" in self.parts else "train"

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the data change: a resumed run must find the same."""
        return self._fingerprint(self.checksums)

    def are_those_of(self, fingerprint: str) -> bool:
        """Whether a run with this fingerprint was trained on these data; in runs of earlier
        versions every part was encoded for it.
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
