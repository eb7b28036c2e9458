"""Groups of rows, such as those of one patient, which a split keeps in one part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rnnkit.data.raw.label_names import listed
from rnnkit.data.raw.moments import is_missing
from rnnkit.errors import RnnkitError
from rnnkit.quantities import agreed, counted


class Grouped(Protocol):
    """Rows, with further columns."""

    @property
    def columns(self) -> Mapping[str, Sequence[Any]]:
        """Those that a split asks for."""

    def __len__(self) -> int: ...


def groups_of(table: Grouped, column: str) -> list[str]:
    """The group of each row; "" if there is none."""
    values = table.columns.get(column, [None] * len(table))
    return ["" if is_missing(value) else str(value).strip() for value in values]


def require_groups(table: Grouped, column: str, parts: int, unit: str) -> None:
    """There is a group for each part.

    Raises:
        RnnkitError: If there are fewer.
    """
    groups = sorted({group for group in groups_of(table, column) if group})
    if len(groups) < parts:
        got = f"{counted(len(groups), 'group')} by {column}: {listed(groups)}"
        expected = f"Expected at least {parts} of these {unit}s, one for each part"
        raise RnnkitError("data.split.group", got, expected, "Remove `data.split.group`")


def shared_groups(parts: Mapping[str, Grouped], column: str, unit: str) -> list[str]:
    """A line for each of the data set's own parts that has groups of its training set.

    Args:
        parts: All of them.
        column: The column of the groups, which the others may lack.
        unit: What a row is: "text".
    """
    known = {group for group in groups_of(parts["train"], column) if group}
    lines = []
    for part in sorted(parts.keys() - {"train"}):
        if shared := sum(group in known for group in groups_of(parts[part], column)):
            of_all = f"{shared:,} of {counted(len(parts[part]), f'{part} {unit}')}"
            have = agreed(shared, "has", "have")
            lines.append(f"{of_all} {have} a {column} that also occurs in the training file")
    return lines
