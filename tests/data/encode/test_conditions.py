"""What a text is conditioned on: vectors, what a user writes, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rnnkit.data.encode.conditions import LabelCondition, NumberCondition
from rnnkit.data.raw.labelled import Examples
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder


def labelled(*labels: str) -> Examples:
    return Examples(
        ["text"] * len(labels), [(label,) for label in labels], lambda index: f"row {index}"
    )


def described(rows: Sequence[Sequence[float]]) -> Examples:
    return Examples(
        ["text"] * len(rows),
        [()] * len(rows),
        lambda index: f"row {index}",
        np.array(rows, np.float32),
    )


NUMBERS = NumberCondition.of(described([[1, 10], [3, 10], [5, 10]]))


def test_label_condition_is_a_one_among_zeros() -> None:
    condition = LabelCondition.of(labelled("it", "de", "it"))
    assert condition.encode(labelled("de", "it")).tolist() == [[1, 0], [0, 1]]
    assert condition.parse("it").tolist() == [0, 1]
    assert condition.describe() == "2 conditions in training: de 1, it 2"
    assert condition.shown(labelled("de"), 1) == ["it"]


def test_number_condition_is_scaled_by_the_training_part() -> None:
    """Mean 3 and deviation sqrt(8/3); a column that never changes stays 0."""
    step = 2 / (8 / 3) ** 0.5
    np.testing.assert_allclose(
        NUMBERS.encode(described([[1, 10], [7, 10]])), [[-step, 0], [2 * step, 0]], rtol=1e-6
    )
    assert NUMBERS.size == 2
    assert NUMBERS.describe() == "a condition of 2 numbers, in training: 3 +- 1.633, 10 +- 1"
    assert NUMBERS.shown(described([[0.5, 1], [2, 3]]), 1) == ["0.5 1"]


@pytest.mark.parametrize("text", ["7 10", "7, 10", "[7, 10.0]", " 7e0,10 "])
def test_parse_reads_numbers_as_a_user_writes_them(text: str) -> None:
    np.testing.assert_array_equal(NUMBERS.parse(text), NUMBERS.encode(described([[7, 10]]))[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "missing. Expected 2 finite numbers. Add `--condition '3 10'`"),
        ("", "0 numbers. Expected 2 finite numbers"),
        ("1", "1 number"),
        ("1 2 3", "3 numbers"),
        (
            "1 two",
            "could not convert string to float: 'two'. Expected 2 finite numbers",
        ),
        ("1 nan", "found '1 nan'. Expected 2 finite numbers"),
        ("1 inf", "found '1 inf'"),
    ],
)
def test_parse_refuses_what_is_not_a_condition(text: str | None, words: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        NUMBERS.parse(text)
    assert str(caught.value).startswith(words)
    assert caught.value.exit_code == 2


def test_of_refuses_conditions_that_never_differ() -> None:
    with pytest.raises(
        RnnkitError, match=r"every text has the condition 2 3\. Expected at least two conditions"
    ):
        NumberCondition.of(described([[2, 3]] * 4))
    with pytest.raises(RnnkitError, match="every text has the condition it"):
        LabelCondition.of(labelled("it", "it"))


def test_encode_refuses_more_numbers_than_in_training() -> None:
    with pytest.raises(RnnkitError, match=r"row 0: 3 numbers\. Expected 2, as in training"):
        NUMBERS.encode(described([[1, 2, 3]]))


def test_load_gives_back_what_was_saved(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    NUMBERS.save(run)
    labels = LabelCondition.of(labelled("it", "de"))
    labels.save(run)
    np.testing.assert_array_equal(NumberCondition.load(run).parse("7 10"), NUMBERS.parse("7 10"))
    assert LabelCondition.load(run) == labels
