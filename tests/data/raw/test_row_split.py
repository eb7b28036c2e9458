"""How rows are divided: labelled texts and pairs, by chance, by group or by time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rnnkit.data.raw.labelled import Examples
from rnnkit.data.raw.pairs import Pairs
from rnnkit.data.raw.row_split import LabelledSplit, PairSplit
from rnnkit.errors import RnnkitError


def examples(labels: Sequence[str], **columns: Sequence[Any]) -> Examples:
    """A text of its own for each label."""
    texts = [f"text {index}" for index in range(len(labels))]
    named = [(label,) for label in labels]
    return Examples(texts, named, lambda index: f"row {index + 1}", columns=columns)


def numbers(parts: dict[str, Any]) -> dict[str, list[int]]:
    """The rows of each part, by the numbers of their texts."""
    return {
        part: [int(text.split()[1]) for text in getattr(rows, "texts", None) or rows.sources]
        for part, rows in parts.items()
    }


def split_of(**keys: Any) -> LabelledSplit:
    return LabelledSplit.model_validate(keys)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab")), min_size=12, max_size=24),
    st.integers(0, 99),
)
def test_divide_by_group_keeps_every_group_in_one_part(
    rows: list[tuple[int, str]], seed: int
) -> None:
    groups = [group for group, _ in rows]
    whole = examples([label for _, label in rows], patient=groups)
    split = split_of(validation=0.2, test=0.2, group="patient", random_seed=seed)
    try:
        parts = numbers(split.divide({"train": whole}, sample=False))
    except RnnkitError as error:
        assert error.where in ("data.split", "data.split.group")  # too few, or too few with a label
        return
    assert sorted(row for of_part in parts.values() for row in of_part) == list(range(len(rows)))
    of_parts = [{groups[row] for row in of_part} for of_part in parts.values()]
    assert sum(map(len, of_parts)) == len(set(groups))


def test_divide_by_group_trains_on_rows_without_one(caplog: pytest.LogCaptureFixture) -> None:
    whole = examples(["a", "b"] * 20, patient=["", None, float("nan"), *range(37)])
    with caplog.at_level(logging.WARNING, "rnnkit"):
        parts = numbers(
            split_of(validation=0.2, group="patient").divide({"train": whole}, sample=False)
        )
    assert {0, 1, 2} <= set(parts["train"])
    assert len(parts["validation"]) in (7, 8)
    assert "data.split.group: 3 texts" in caplog.text
    assert "row 1" in caplog.text


def test_divide_by_group_needs_a_group_for_each_part() -> None:
    whole = examples("ab" * 10, patient=["x", "y"] * 10)
    for shares, expected in ({"validation": 0.3, "test": 0.3}, 3), ({"validation": 0.01}, 2):
        columns = whole if expected == 3 else examples("ab" * 10, patient=["x"] * 20)
        split = split_of(group="patient", **shares)
        with pytest.raises(RnnkitError, match=rf"data\.split\.group.*by patient: x.*{expected}"):
            split.divide({"train": columns}, sample=False)


@pytest.mark.parametrize("key", ["group", "time"])
def test_divide_refuses_a_column_that_is_empty(key: str) -> None:
    whole = examples("abab", column=["", None, float("nan"), " "])
    with pytest.raises(RnnkitError, match=rf"data\.split\.{key}.*'column' is empty"):
        split_of(validation=0.25, **{key: "column"}).divide({"train": whole}, sample=False)


def test_divide_by_time_holds_out_the_newest() -> None:
    times = ["2024-03-01", "2024-01-05", "2024-02-01T10:00", "", "2024-01-01", "2024-02-01 09:00"]
    whole = examples("ababab", date=times)
    parts = split_of(validation=0.4, test=0.2, time="date").divide({"train": whole}, sample=False)
    assert numbers(parts) == {"train": [1, 3, 4], "validation": [2, 5], "test": [0]}


def test_divide_by_time_keeps_a_day_together() -> None:
    whole = examples("ab" * 10, date=[f"2024-01-{1 + row // 4:02d}" for row in range(20)])
    parts = split_of(validation=0.25, time="date").divide({"train": whole}, sample=False)
    assert numbers(parts)["validation"] == [16, 17, 18, 19]


def test_divide_by_time_reads_other_formats() -> None:
    whole = examples(
        "ab" * 3, date=["3.2.2024", "1.3.2024", "2.1.2024", "15.1.2024"] + ["1.1.2024"] * 2
    )
    with pytest.raises(RnnkitError, match=r"data\.split\.time: row 1.*%d\.%m\.%Y") as caught:
        split_of(validation=0.3, time="date").divide({"train": whole}, sample=False)
    assert "time_format" in caught.value.hint
    split = split_of(validation=0.3, time="date", time_format="%d.%m.%Y")
    assert numbers(split.divide({"train": whole}, sample=False))["validation"] == [0, 1]


def test_divide_groups_pairs() -> None:
    sources, documents = [f"text {row}" for row in range(40)], [row // 4 for row in range(40)]
    whole = Pairs(sources, sources, str, {"document": documents})
    parts = PairSplit.model_validate({"validation": 0.2, "group": "document"})
    rows = numbers(parts.divide({"train": whole}, sample=False))
    assert len(rows["validation"]) == 8
    assert not {documents[row] for row in rows["validation"]} & {
        documents[row] for row in rows["train"]
    }


def test_divide_pairs_of_few_sources_to_about_the_share() -> None:
    sources = [f"text {min(row, 3)}" for row in range(100)]
    whole = Pairs(sources, [str(row) for row in range(100)], str)
    parts = PairSplit(validation=0.02).divide({"train": whole}, sample=False)
    assert len(parts["validation"]) in (1, 2)


@pytest.mark.parametrize(
    ("keys", "columns", "word"),
    [
        ({"group": "patient"}, {"patient": ["x", "y"] * 10}, "groups"),
        ({"time": "date"}, {"date": ["2024"] * 20}, "times"),
        ({}, {}, "labels"),
    ],
)
def test_divide_refuses_what_would_leave_a_part_empty(
    keys: dict[str, str], columns: dict[str, list[str]], word: str
) -> None:
    labels = ["a", "b"] * 10 if keys else [str(row) for row in range(20)]
    whole = examples(labels, **columns)
    with pytest.raises(RnnkitError, match=rf"data\.split: 20 texts.*{word}.*validation: 0"):
        split_of(validation=0.2, **keys).divide({"train": whole}, sample=False)
    alone = split_of(validation=0, **keys).divide({"train": whole}, sample=False)
    assert list(alone) == ["train"]


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"group": "a", "time": "b"}, "time"),
        ({"time_format": "%Y"}, "time_format"),
        ({"group": "a", "method": "last"}, "method"),
        ({"time": "a", "method": "last"}, "method"),
    ],
)
def test_split_refuses_two_ways_at_once(keys: dict[str, str], place: str) -> None:
    with pytest.raises(ValidationError) as caught:
        split_of(**keys)
    assert caught.value.errors()[0]["loc"] == (place,)


@pytest.mark.parametrize(
    ("dates", "hint"),
    [
        (["3/25/24", "1/2/24", "2/2/24", "unknown", "4/5/24"], "%m/%d/%y"),
        (["2024-01-02", "2024-01-03", "2024-13-01", "2024-01-04", "2024-01-05"], "Correct"),
    ],
)
def test_divide_by_time_names_the_way_that_most_rows_have(dates: list[str], hint: str) -> None:
    whole = examples("ababa", date=dates)
    with pytest.raises(RnnkitError, match=r"data\.split\.time") as caught:
        split_of(validation=0.3, time="date").divide({"train": whole}, sample=False)
    assert hint in caught.value.hint


def test_divide_by_time_trains_on_rows_with_a_mark_for_none() -> None:
    whole = examples("ab" * 3, date=["2024-01-01", "NaN", "null", "2024-01-03", "2024-01-02", ""])
    parts = split_of(validation=0.3, time="date").divide({"train": whole}, sample=False)
    assert numbers(parts)["validation"] == [3]


def test_divide_by_group_shares_what_the_largest_group_leaves() -> None:
    patients = ["big"] * 90 + [f"p{row}" for row in range(10)]
    whole = examples("ab" * 50, patient=patients)
    split = split_of(validation=0.2, test=0.2, group="patient")
    parts = split.divide({"train": whole}, sample=False)
    assert [len(parts[part]) for part in ("train", "validation", "test")] == [90, 5, 5]


def test_divide_says_that_equal_texts_stay_in_one_part() -> None:
    whole = Examples(["same"] * 20, [("a",), ("b",)] * 10, str)
    with pytest.raises(RnnkitError, match=r"data\.split.*different texts than 1"):
        split_of(validation=0.2).divide({"train": whole}, sample=False)
