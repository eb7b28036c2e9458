"""Groups of rows, such as those of one patient, that a split keeps together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rnnkit.data.raw.label_names import listed
from rnnkit.data.raw.timestamps import is_missing
from rnnkit.errors import RnnkitError
from rnnkit.quantities import agreed, counted


class Grouped(Protocol):
    """Rows, with the extra columns that a split needs."""

    @property
    def columns(self) -> Mapping[str, Sequence[Any]]:
        """The extra columns by name, (rows,) each."""

    def __len__(self) -> int: ...


def groups_of(table: Grouped, column: str) -> list[str]:
    """The group of each row; "" for a row without one."""
    values = table.columns.get(column, [None] * len(table))
    return ["" if is_missing(value) else str(value).strip() for value in values]


def require_groups(table: Grouped, column: str, parts: int, unit: str) -> None:
    """Checks that there are at least as many groups as parts.

    Args:
        table: The rows to split.
        column: The column of the groups.
        parts: Number of parts.
        unit: What a row is: "text".

    Raises:
        RnnkitError: If there are fewer groups.
    """
    groups = sorted({group for group in groups_of(table, column) if group})
    if len(groups) < parts:
        got = f"{counted(len(groups), 'group')} by {column}: {listed(groups)}"
        expected = f"Expected at least {parts} of these {unit}s, one for each part"
        raise RnnkitError("data.split.group", got, expected, "Remove `data.split.group`")


def shared_groups(parts: Mapping[str, Grouped], column: str, unit: str) -> list[str]:
    """Describes, for each held-out part, how many of its rows have a group of the training set.

    Args:
        parts: All parts, "train" among them.
        column: The column of the groups, which held-out parts may lack.
        unit: What a row is: "text".

    Returns:
        One line for each part that shares groups with the training set.
    """
    known = {group for group in groups_of(parts["train"], column) if group}
    lines = []
    for part in sorted(parts.keys() - {"train"}):
        if shared := sum(group in known for group in groups_of(parts[part], column)):
            of_all = f"{shared:,} of {counted(len(parts[part]), f'{part} {unit}')}"
            have = agreed(shared, "has", "have")
            lines.append(f"{of_all} {have} a {column} that also occurs in the training file")
    return lines
