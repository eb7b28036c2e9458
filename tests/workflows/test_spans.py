"""Spans of time in steps: what is judged from how much history, for each length of a step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnkit.data.raw.series import Series
from rnnkit.errors import RnnkitError
from rnnkit.workflows.spans import Spans


def series(step: str | None, steps: int = 60) -> Series:
    """Ascending numbers, `step` apart."""
    times = None
    if step is not None:
        count, unit = step.split()
        start = np.datetime64("2020-01-01", "M" if unit == "M" else "s")
        numbers = (start + np.arange(steps) * np.timedelta64(int(count), unit)).astype("M8[us]")
        times = pd.DatetimeIndex(numbers)
    return Series(("y",), {"y": np.arange(steps, dtype=float)}, times=times)


@pytest.mark.parametrize(
    ("step", "gap", "least", "most"),
    [
        ("1 s", 144, 288, 2_592_000),
        ("5 m", 144, 288, 8640),  # NAB's own
        ("30 m", 24, 48, 1440),
        ("1 h", 12, 30, 1000),
        ("1 D", 1, 30, 1000),
        ("7 D", 1, 30, 1000),
        ("1 M", 1, 30, 1000),
        (None, 10, 30, 8640),
    ],
)
def test_spans_of_each_step(step: str | None, gap: int, least: int, most: int) -> None:
    spans = Spans.of(series(step), {})
    assert (spans.gap, spans.least, spans.most) == (gap, least, most)
    assert (spans.aside == 0) == (step in ("1 s", "5 m"))


@pytest.mark.parametrize(
    ("step", "options", "expected"),
    [
        ("1 D", {"gap": "3D"}, (3, 30, 1000)),
        ("1 D", {"gap": "12h"}, (1, 30, 1000)),
        ("1 D", {"gap": 5, "history": "1Y"}, (5, 30, 365)),
        ("1 h", {"least_history": "2d", "history": "1W"}, (12, 48, 168)),
        ("1 M", {"gap": "6M", "history": "10Y"}, (6, 30, 120)),
        ("1 D", {"history": "20"}, (1, 20, 20)),
        ("1 D", {"least_history": "2000 steps", "gap": None}, (1, 2000, 2000)),
        (None, {"gap": 3}, (3, 30, 8640)),
    ],
)
def test_spans_of_a_user(step: str | None, options: Any, expected: tuple[int, int, int]) -> None:
    spans = Spans.of(series(step), options)
    assert (spans.gap, spans.least, spans.most) == expected


@pytest.mark.parametrize(
    ("step", "options", "word"),
    [
        ("1 D", {"gap": "soon"}, "--gap.*soon"),
        ("1 D", {"gap": "0"}, "--gap.*'0'"),
        ("1 D", {"gap": "3m"}, "--gap.*3m"),  # minutes, or months
        ("1 D", {"history": 2.5}, "--history.*2.5"),
        ("1 D", {"history": 20, "least_history": 30}, "--history.*--least-history"),
        (None, {"gap": "1D"}, "--gap.*no times"),
        ("1 D", {"gapp": 3}, "gapp.*gap"),
    ],
)
def test_spans_refuse(step: str | None, options: Any, word: str) -> None:
    with pytest.raises(RnnkitError, match=word):
        Spans.of(series(step), options)


@pytest.mark.parametrize(
    ("step", "steps", "text"),
    [
        ("5 m", 144, "144 steps (12h)"),
        ("5 m", 8640, "8,640 steps (30D)"),
        ("1 D", 1, "1 step (1D)"),
        ("1 M", 6, "6 steps"),
        ("100 ms", 6, "6 steps"),
        (None, 6, "6 steps"),
    ],
)
def test_spans_are_written_in_steps_and_time(step: str | None, steps: int, text: str) -> None:
    assert Spans.of(series(step), {}).written(steps) == text
