import math

import pytest

from rnnkit.metrics.paired import Difference
from rnnkit.workflows.compare.sentences import rows_needed, sentence

NAMES = ("A", "B")


@pytest.mark.parametrize(
    ("difference", "metric", "less", "expected"),
    [
        ((0.008, 0.002, 0.014, 0.01), "accuracy", False, "B is better than A by 0.8 points of"),
        ((-0.008, -0.014, -0.002, 0.01), "accuracy", False, "A is better than B by 0.8 points of"),
        ((-3.0, -5.0, -1.0, 0.01), "perplexity", True, "B is better than A by 3 of perplexity"),
        ((3.0, 1.0, 5.0, 0.01), "mae", True, "A is better than B by 3 of MAE, 95 % interval 1"),
        ((0.003, -0.002, 0.008, 0.3), "macro_f1", False, "told apart on these 9 texts: B is 0.3"),
        ((3.0, -1.0, 7.0, 0.3), "mae", True, "A is 3 of MAE ahead, 95 % interval -1 to 7"),
        ((0.0, 0.0, 0.0, 1.0), "accuracy", False, "each of them alike"),
        ((0.0, -0.1, 0.1, 1.0), "accuracy", False, "they score alike"),
        ((math.nan, math.nan, math.nan, math.nan), "mae", True, "not a number"),
        ((0.1, math.nan, math.nan, math.nan), "accuracy", False, "9 texts are too few"),
    ],
)
def test_sentence(difference: tuple[float, ...], metric: str, less: bool, expected: str) -> None:
    found = Difference(*difference, "a test")
    said = sentence(NAMES, found, found.p, "9 texts", metric, less_is_better=less)
    assert expected in said


def test_rows_needed_by_hand() -> None:
    # half of the interval is twice the difference: four times as many rows
    assert rows_needed(Difference(0.01, -0.01, 0.03, 0.3, ""), 1000) == 4000
    assert rows_needed(Difference(0.02, 0.01, 0.03, 0.01, ""), 1000) is None
    assert rows_needed(Difference(0, -0.01, 0.01, 1, ""), 1000) is None
