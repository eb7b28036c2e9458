"""Categories of a series that do not occur in the training set."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.data.raw.labelled import places
from rnnkit.data.raw.series import Series
from rnnkit.errors import RnnkitError, here
from rnnkit.progress import log
from rnnkit.quantities import counted


def require_seen(series: Series, name: str, categories: Sequence[str]) -> None:
    """Checks a column for categories that do not occur in the training set, and warns of them.

    Args:
        series: The series.
        name: The column.
        categories: The categories of the training set.

    Raises:
        RnnkitError: If the column is a target.
    """
    values = series.columns[name]
    unseen = [
        index for index, value in enumerate(values.tolist()) if value and value not in categories
    ]
    if unseen and name in series.targets:
        got = f"{name} is {str(values[unseen[0]])!r}, which the training set does not have"
        expected = f"Expected one of: {', '.join(categories)}"
        raise RnnkitError(series.place(unseen[0]), got, expected)
    if unseen:
        names = sorted({repr(str(values[index])) for index in unseen})[:5]
        remark = (
            f"{name}: {', '.join(names)}, which the training set does not have, read as none of"
            f" its categories at {counted(len(unseen), 'step')}:"
            f" {places([series.place(index) for index in unseen])}"
        )
        log.warning(here(remark))
