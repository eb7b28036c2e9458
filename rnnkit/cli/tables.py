"""Plain tables for results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rnnkit.cli.output import say
from rnnkit.escapes import visible
from rnnkit.quantities import percent
from rnnkit.report.numbers import number_text

if TYPE_CHECKING:
    from rnnkit.tasks.evaluation import Evaluation


COLOURS = (
    "green",
    "cyan",
    "magenta",
    "yellow",
    "blue",
    "red",
    "bright_green",
    "bright_cyan",
    "bright_magenta",
    "bright_yellow",
)


def print_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], colours: Sequence[str | None] = ()
) -> None:
    """Prints a table with text aligned left and numbers aligned right, each cell on one line.

    Args:
        header: The names of the columns.
        rows: The cells.
        colours: The colour of each row on a terminal; None for none.
    """
    header, rows = list(map(visible, header)), [list(map(visible, row)) for row in rows]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    numeric = [
        all(row[column][:1].isdigit() or not row[column] for row in rows)
        for column in range(len(header))
    ]
    for index, row in enumerate([header, *rows]):
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numeric, strict=True)
        ]
        say("  ".join(cells).rstrip(), fg=colours[index - 1] if colours and index else None)


def tag_colours(tags: Sequence[str]) -> list[str | None]:
    """A colour for each tag, the same for all tags of an entity type; None for O."""
    kinds = [tag.split("-", 1)[-1] for tag in tags]
    order = [kind for kind in dict.fromkeys(kinds) if kind != "O"]
    return [None if kind == "O" else COLOURS[order.index(kind) % len(COLOURS)] for kind in kinds]


def print_evaluations(evaluations: Sequence[Evaluation]) -> None:
    """Prints the scores of each part, compared with baselines."""
    from rnnkit.tasks.evaluation import COUNTS  # imports what --help does not need

    for evaluation in evaluations:
        say(f"{evaluation.part}" + "".join(f" ({note})" for note in evaluation.notes))
        names = list(
            dict.fromkeys(
                name for row in evaluation.rows for name in row.scores if name not in COUNTS
            )
        )
        rows = [
            [f"  {row.who}", *(_score(row.scores, name) for name in names), row.note]
            for row in evaluation.rows
        ]
        print_table(["", *names, ""], rows)
        for table in evaluation.tables:
            say()
            say(table.title)
            print_table(
                [f"  {table.header[0]}", *table.header[1:]],
                [[f"  {_cell(row[0])}", *map(_cell, row[1:])] for row in table.rows],
            )


def _cell(value: Any) -> str:
    return number_text(value) if isinstance(value, float) else str(value)


def _score(scores: dict[str, float], name: str) -> str:
    if name not in scores:
        return ""
    if name != "accuracy":
        return number_text(scores[name])
    from rnnkit.tasks.evaluation import COUNTS

    counted = (
        f" ({scores['correct']}/{next(scores[name] for name in COUNTS[1:] if name in scores)})"
        if "correct" in scores
        else ""
    )
    return f"{percent(scores[name], 2)}{counted}"
