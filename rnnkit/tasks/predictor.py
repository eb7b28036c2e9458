"""The contract of a predictor: the one path for answers, to the command line, Python and files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeAlias

from typing_extensions import TypeVar

from rnnkit.data.formats.format import Record
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.playground import Playground
from rnnkit.tasks.prepared import C

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Answers: TypeAlias = "Sequence[DataclassInstance]"
"""An answer for a person: rows, best first, as dataclasses of one type."""

Q = TypeVar("Q", default=object)
A = TypeVar("A", default=object)

TABLES = ("csv", "tsv", "jsonl", "txt", "parquet", "arrow")
"""The formats with one text per record."""


class Predictor(ABC, Generic[C, Q, A]):
    """Answers queries of type Q with answers of type A; owns the codec and the model's outputs.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
    """

    reads: ClassVar[tuple[str, ...]] = TABLES
    """The formats of files that it reads, by their names in the registry; empty for none."""

    otherwise: ClassVar[str | None] = None
    """The format of a file whose suffix names none; None if that is an error."""

    writes: ClassVar[tuple[str, ...]] = ("csv", "tsv", "jsonl", "parquet", "arrow")
    """The formats in which its answers can be written, the default first."""

    def __init__(self, codec: C, outputs: Outputs):
        self.codec, self.outputs = codec, outputs

    @property
    def input_columns(self) -> tuple[str, ...]:
        """The columns that hold the query, if records are rows of a table; else empty."""
        return ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that an answer adds to a row; empty if its records are the whole answer."""
        return ()

    @property
    def answer_columns(self) -> dict[str, type[int] | type[float] | type[str]]:
        """The columns of its records, without those of the query, and their types."""
        numbers = self.probability_columns
        return {name: float if name in numbers else str for name in self.columns}

    @property
    def probability_columns(self) -> tuple[str, ...]:
        """The columns of its records that are written to files with six digits."""
        return ()

    @abstractmethod
    def parse(self, text: str) -> Q:
        """The query that a person types: a text, a sentence, "0.1 0.2, 0.3 0.4".

        Raises:
            RnnkitError: If it cannot be read.
        """

    @abstractmethod
    def query(self, record: Record, column: str | None = None) -> Q:
        """The query in a record of a file.

        Args:
            record: A row of a table, {"tokens": [...]}, or {"x": (timesteps, features)}.
            column: The column of the query in a row of a table; None for `input_columns`.

        Raises:
            RnnkitError: If it does not exist or cannot be read.
        """

    @abstractmethod
    def predict(self, queries: Sequence[Q]) -> list[A | None]:
        """The answer to each query; None for one that cannot be answered, such as an empty text."""

    @abstractmethod
    def answers(self, query: Q, answer: A, top: int) -> Answers:
        """An answer as a person reads it: at most `top` rows, best first, if there is a choice."""

    @abstractmethod
    def records(self, query: Q, answer: A) -> list[Record]:
        """An answer as records of a table: one record with `columns` for a query that was a row.
        Files get fewer digits (`probability_columns`).
        """

    def playground(self) -> Playground | None:
        """How a page in a browser can ask the model; None if it cannot. A subclass with different
        answers needs its own.
        """
        return None

    def unanswered(self, query: Q) -> list[Record]:
        """The records of a query without an answer, if records are the whole answer."""
        return []
