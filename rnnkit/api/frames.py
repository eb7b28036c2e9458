"""Answers as DataFrames of pandas, which is imported when one is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rnnkit.api.queries import Queries
from rnnkit.data.raw.labelled import places
from rnnkit.errors import at, here
from rnnkit.progress import log
from rnnkit.tasks.answers import Answered, answer_queries, nothing_in, remark_on_top

if TYPE_CHECKING:
    import pandas as pd

    from rnnkit.tasks.predictor import Predictor

TEXT = "text"
SAMPLE = "sample"
"""The column of a file with several samples; a frame has it as its index."""


def answer_frame(
    predictor: Predictor, queries: Queries, top: int | None, *, is_choice: bool = True
) -> pd.DataFrame:
    """The answers to queries as a frame, whose index is repeated if an answer has several rows.

    Args:
        predictor: The predictor.
        queries: The queries.
        top: The number of rows per answer, best first; None for the columns that files get.
        is_choice: Whether the user chose `top`, so that another number of rows needs a warning.

    Raises:
        RnnkitError: If there is a single query with nothing to read.
    """
    with at("data"):
        answered = answer_queries(predictor, queries.queries, top)
        if answered.unanswered:
            if queries.is_single:
                raise nothing_in(queries.texts[0] if queries.texts else "")
            rows = places([str(row) for row in answered.unanswered])
            log.warning(here(f"empty and not answered: row {rows}"))
        if top is not None and is_choice:
            remark_on_top(top, answered.rows)
    return _frame(answered, queries, predictor.columns)


def _frame(answered: Answered, queries: Queries, columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    records, rows = answered.records, answered.of
    names = dict.fromkeys(name for record in records for name in record) or dict.fromkeys(columns)
    names.pop(SAMPLE, None)
    cells = {name: [record.get(name) for record in records] for name in names}
    is_each_once = rows == list(range(len(queries.queries)))
    index = (
        pd.RangeIndex(len(queries.queries)) if queries.index is None else pd.Index(queries.index)
    )
    if not is_each_once:
        index = index.take(rows)
    if queries.texts is not None:  # not inserted later, which takes as long as an answer
        cells = {TEXT: _texts([queries.texts[row] for row in rows], index), **cells}
    return pd.DataFrame(cells, index)


def _texts(texts: list[str], index: Any) -> Any:
    """A column of texts; of type object if one has a lone surrogate."""
    import pandas as pd

    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return pd.Series(texts, index, dtype=object)
    return texts
