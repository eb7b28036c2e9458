"""A report's page: whatever a text says is text, and nothing is loaded from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.report.chart import Chart, Line
from rnnkit.report.exhibits import AttentionMap, Charts, Confusions, Exhibit, Rows, Text
from rnnkit.report.page import Page, Section
from rnnkit.report.verdict import Standing
from tests.helpers.html import Parsed

HOSTILE = (
    "<script>alert(1)</script>",
    "\" onmouseover='x' &lt;",
    "</td></style><img src=https://x>",
    "]]>--><svg/onload=x>",
    "\x1b[2J\u202e\ud800 ",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_page_texts_stay_texts(hostile: str) -> None:
    line = Line(hostile, np.array([1.0, np.nan, 3.0]), np.arange(3.0))
    chart = Chart(hostile, hostile, [line], mark=(1.0, hostile), labels=[(0.0, hostile)])
    shares = np.eye(2)
    shown: list[Exhibit] = [
        Text(hostile, hostile),
        Rows(hostile, [hostile, "n"], [[hostile, 1.5]]),
        Confusions(hostile, [hostile, "b"], [[3, 1], [0, 2]]),
        AttentionMap(hostile, [hostile, "b"], [hostile, "c"], shares),
        Charts(hostile, [chart], hostile),
    ]
    sections = [Section(hostile, shown, [hostile], folded=True)]
    parsed = Parsed(Page(hostile, hostile, [hostile], sections=sections).html())
    assert not {"script", "img", "link", "iframe", "object"} & set(parsed.tags)
    assert parsed.attributes <= parsed.KNOWN
    assert parsed.tags.count("style") == 1
    assert parsed.text.count(hostile.strip()[:8].strip()) >= 10 or not hostile.isprintable()


def test_chart_draws_what_is_known_alone() -> None:
    at = np.arange(4.0)
    broken = Chart("c", "step", [Line("a", np.array([1.0, 2.0, np.nan, 4.0]), at)]).html()
    assert (broken.count("<polyline"), broken.count("<circle")) == (1, 1)
    assert Chart("c", "step", [Line("a", np.full(4, np.nan), at)]).html() == ""
    for numbers in ([7.0] * 4, [-1e308, 1e308, 0, np.inf], [1e-9, 2e-9, 0, 0]):
        drawn = Chart("c", "step", [Line("a", np.array(numbers), at)]).html()
        assert "nan" not in drawn
        assert "inf" not in drawn
    for day, shown in (("2014-12-30", 3), ("2014-12-30 00:00", 2)):  # a third would not fit
        lines = [Line("a", np.arange(3.0), np.arange(3.0))]
        dated = Chart("c", "time", lines, labels=[(float(n), day) for n in range(3)]).html()
        assert dated.count(f">{day}<") == shown
    long = Chart("c", "step", [Line("a", np.sin(np.arange(1e5)), np.arange(1e5))]).html()
    assert len(long) < 10_000


def test_confusions_of_many_labels_are_the_largest() -> None:
    counts = np.diag(np.full(100, 50))
    counts[3, 7], counts[5, 1] = 9, 20
    parsed = Parsed(Confusions("", [f"label {n}" for n in range(100)], counts.tolist()).html())
    assert parsed.rows[1:] == [["label 5", "label 1", "20"], ["label 3", "label 7", "9"]]


def test_rows_beyond_the_fiftieth_are_counted() -> None:
    shown = Rows("", ["name", "n"], [[f"row {n}", n] for n in range(60)]).html()
    assert "10 rows" in shown
    assert len(Parsed(shown).rows) == 51


@pytest.mark.parametrize(
    ("own", "less", "words", "tone"),
    [
        (
            0.9,
            False,
            "better than every simple method; the best of them, b, reaches 80.00 %",
            "good",
        ),
        (0.8, False, "does not beat b, which reaches 80.00 %, and beats 1 of 2", "bad"),
        (0.1, False, "does not beat b, which reaches 80.00 %.", "bad"),
        (
            0.2,
            True,
            "better than every simple method; the best of them, a, reaches 50.00 %",
            "good",
        ),
        (0.6, True, "does not beat a, which reaches 50.00 %, and beats 1 of 2", "bad"),
    ],
)
def test_standing_says_what_a_run_beats(own: float, less: bool, words: str, tone: str) -> None:
    standing = Standing("accuracy", "test", own, {"a": 0.5, "b": 0.8}, less)
    assert words in standing.sentences()[0]
    assert standing.tone == tone


def test_standing_names_what_was_published_and_what_is_possible() -> None:
    standing = Standing(
        *("accuracy", "train", 0.99, {}, False),
        published=(0.952, "a paper"),
        ceiling=(0.99, "ceiling (window of 3)"),
    )
    first, published, ceiling, seen = standing.sentences()
    assert "no simple method" in first
    assert "95.20 % (a paper): this run is better by 3.80 points" in published
    assert "reaches it" in ceiling
    assert "has seen" in seen
    error = Standing("mae", "test", 0.1, {}, True, ceiling=(0.0, "ceiling"))
    assert "no model has less than 0" in error.sentences()[1]
