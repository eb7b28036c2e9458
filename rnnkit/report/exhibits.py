"""The elements of a report: texts, tables, matrices, charts. Callers know what they mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.quantities import counted
from rnnkit.report.chart import Chart
from rnnkit.report.html import Html, element, join, lines
from rnnkit.report.numbers import number_text

Cell = str | int | float

MOST_ROWS = 50
MOST_LABELS = 20  # of a matrix; of more, its largest confusions
MOST_CHARACTERS = 20_000  # of a text
WIDE = 24  # characters from which a cell counts as prose


class Exhibit(ABC):
    """An element of a report."""

    title: str
    """The heading."""

    @abstractmethod
    def html(self) -> Html:
        """The HTML below the heading; all texts are escaped."""


@dataclass(frozen=True)
class Text(Exhibit):
    """A text of several lines, such as a generated sample."""

    title: str
    text: str

    def html(self) -> Html:
        shown = self.text[:MOST_CHARACTERS]
        left = len(self.text) - len(shown)
        rest = f"\n... and {counted(left, 'character')}" if left else ""
        return element("pre", lines(shown + rest), class_="text")


@dataclass(frozen=True)
class Rows(Exhibit):
    """A table, with numbers aligned right.

    Args:
        title: The heading.
        header: A name for each column.
        rows: The cells of each row.
        own: The index of the row in bold; None for none.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    own: int | None = None

    def html(self) -> Html:
        shown = self.rows[:MOST_ROWS]
        is_number = [
            any(row[column] != "" for row in shown)
            and all(isinstance(row[column], int | float) or row[column] == "" for row in shown)
            for column in range(len(self.header))
        ]
        head = [
            element("th", name, class_="n" if number else None)
            for name, number in zip(self.header, is_number, strict=True)
        ]
        body = [
            element(
                "tr",
                [_cell(value, number) for value, number in zip(row, is_number, strict=True)],
                class_="own" if index == self.own else None,
            )
            for index, row in enumerate(shown)
        ]
        table = element("table", element("tr", head), body)
        rest = len(self.rows) - len(shown)
        more = element("p", f"... and {counted(rest, 'row')}", class_="soft") if rest else ""
        return join(element("div", table, class_="wide"), more)


@dataclass(frozen=True)
class Confusions(Exhibit):
    """A confusion matrix: a row for each true label, a column for each answer."""

    title: str
    labels: Sequence[str]
    counts: Sequence[Sequence[int]]

    def html(self) -> Html:
        if len(self.labels) > MOST_LABELS:
            return self._largest()
        counts = np.array(self.counts)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        texts = [[f"{count:,}" if count else "" for count in row] for row in self.counts]
        return _heat(
            shares, texts, (self.labels, self.labels), "true label (rows), answer (columns)"
        )

    def _largest(self) -> Html:
        counts = np.array(self.counts)
        np.fill_diagonal(counts, 0)
        order = np.argsort(-counts, axis=None, kind="stable")[:MOST_LABELS]
        pairs = [divmod(int(place), len(self.labels)) for place in order]
        rows: list[list[Cell]] = [
            [self.labels[true], self.labels[answer], int(counts[true, answer])]
            for true, answer in pairs
            if counts[true, answer]
        ]
        caption = f"{len(self.labels):,} labels: the most frequent confusions"
        table = Rows("", ["true label", "answer", "times"], rows).html()
        return join(element("p", caption, class_="soft"), table)


@dataclass(frozen=True)
class AttentionMap(Exhibit):
    """The weight of each source token (columns) for each target token (rows)."""

    title: str
    source: Sequence[str]
    target: Sequence[str]
    shares: np.ndarray

    def html(self) -> Html:
        texts = [[f"{share:.2f}" if share >= 0.05 else "" for share in row] for row in self.shares]
        caption = "decoded token (rows), attention to the source (columns)"
        return _heat(self.shares, texts, (self.target, self.source), caption)


@dataclass(frozen=True)
class Charts(Exhibit):
    """Charts, side by side if there is room."""

    title: str
    charts: Sequence[Chart]
    caption: str = ""

    def html(self) -> Html:
        caption = element("p", self.caption, class_="soft") if self.caption else ""
        figures = element("div", [chart.html() for chart in self.charts], class_="charts")
        return join(figures, caption)


def _heat(
    shares: np.ndarray,
    texts: Sequence[Sequence[str]],
    names: tuple[Sequence[str], Sequence[str]],
    caption: str,
) -> Html:
    """A table whose cells are as dark as their shares."""
    rows, columns = names
    head = element("tr", element("th"), [element("th", _token(name)) for name in columns])
    body = [
        element(
            "tr",
            element("th", _token(name)),
            [_shaded(share, text) for share, text in zip(row, cells, strict=True)],
        )
        for name, row, cells in zip(rows, shares, texts, strict=True)
    ]
    table = element("table", element("caption", caption), head, body, class_="heat")
    return element("div", table, class_="wide")


def _shaded(share: float, text: str) -> Html:
    shown = round(100 * float(np.nan_to_num(share)))
    return element("td", text, class_="d" if shown > 50 else None, style=f"--s:{shown}%")


def _token(name: str) -> str:
    return name if name.strip() else repr(name)


def _cell(value: Cell, is_number: bool) -> Html:
    if isinstance(value, float):
        return element("td", number_text(value), class_="n" if is_number else None)
    shown = f"{value:,}" if isinstance(value, int) else value
    is_prose = not is_number and len(shown) >= WIDE
    return element("td", shown, class_="n" if is_number else "t" if is_prose else None)
