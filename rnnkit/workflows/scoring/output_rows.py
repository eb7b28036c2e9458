"""Merges rows with their answers into the rows of an output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnkit.data.formats.format import Record, Row
from rnnkit.data.raw.labelled import places
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import log
from rnnkit.tasks.predictor import Predictor
from rnnkit.workflows.scoring.answer_cache import Answers
from rnnkit.workflows.scoring.chunks import Chunk


class OutputRows:
    """The rows of one output; remembers the rows without an answer.

    Args:
        predictor: The predictor that answers.
    """

    def __init__(self, predictor: Predictor):
        self.answered = 0
        self._predictor = predictor
        self._unanswered: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}
        self._first: tuple[str, set[str]] | None = None

    def records(self, chunk: Chunk, answers: Answers) -> Iterator[Record]:
        """The rows of a chunk with their answers.

        Raises:
            RnnkitError: If a row has other columns than those before it.
        """
        self._count(chunk, answers)
        if not self._predictor.columns:
            for query, answer in zip(chunk.queries, answers, strict=True):
                yield from self._predictor.unanswered(query) if answer is None else answer
            return
        if chunk.number == 0:
            self._require_same_columns(chunk)
        self._names = self._names or self._answer_columns(chunk.rows)
        with at("--input"):
            for row, answer in zip(chunk.rows, answers, strict=True):
                self._require_free(chunk, row)
                cells = {} if answer is None else answer[0]
                yield row.values | {name: cells.get(key, "") for key, name in self._names.items()}

    def report(self) -> None:
        """Logs the rows that have no answer."""
        for source, numbers in self._unanswered.items():
            are = "row is" if len(numbers) == 1 else "rows are"
            rows = places(numbers)
            log.warning(f"{source}: {len(numbers):,} {are} empty and not answered: row {rows}")

    def _count(self, chunk: Chunk, answers: Answers) -> None:
        for row, answer in zip(chunk.rows, answers, strict=False):
            if answer is None:
                self._unanswered.setdefault(chunk.source, []).append(str(row.number))
        self.answered += sum(
            len(answer) if not chunk.rows else 1 for answer in answers if answer is not None
        )

    def _require_same_columns(self, chunk: Chunk) -> None:
        """Checks that the files of one output have the same columns."""
        columns = set(chunk.rows[0].values)
        first, known = self._first or (chunk.source, columns)
        self._first = first, known
        if other := sorted(columns ^ known, key=str):
            has = "lacks" if other[0] in known else "has"
            got = f"{chunk.source} {has} the column {other[0]!r}, other than {first}"
            hint = "Name a folder, for a file of answers to each"
            raise RnnkitError("--output", got, "Expected the same columns for one output", hint)

    def _answer_columns(self, rows: Sequence[Row]) -> dict[str, str]:
        """The names of the answer's columns, which differ from those of the table."""
        taken = {key for row in rows for key in row.values}
        names = {}
        for key in self._predictor.columns:
            names[key] = key
            while names[key] in taken:
                names[key] = f"predicted_{names[key]}"
        return names

    def _require_free(self, chunk: Chunk, row: Row) -> None:
        if repeated := [name for name in self._names.values() if name in row.values]:
            got = (
                f"it has {repeated[0]!r}, the name of the answer's column, which no row before has"
            )
            expected = "Expected the same keys in each row"
            raise RnnkitError(chunk.place(row.number), got, expected, "Rename the key")
