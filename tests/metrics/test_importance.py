import numpy as np
import pytest

from rnnkit.metrics.importance import importances


def test_importances_of_words_are_adjusted_r_squared() -> None:
    """Groups of means 1, 2 and 3, with 0.5 around each: worked by hand."""
    scores = [0.5, 1.5, 1.5, 2.5, 2.5, 3.5]
    shares = importances({"a": ["x", "x", "y", "y", "z", "z"]}, scores)
    # within 1.5 over 3 degrees, in all 5.5 over 5
    assert shares["a"] == pytest.approx(1 - (1.5 / 3) / (5.5 / 5))


def test_importances_of_numbers_see_a_valley() -> None:
    x = np.linspace(-1, 1, 21)
    noise = np.random.default_rng(0).permutation(x)
    shares = importances({"valley": x.tolist(), "noise": noise.tolist()}, (x**2).tolist())
    assert shares["valley"] == pytest.approx(1)
    assert shares["noise"] < 0.3


def test_importances_of_what_says_nothing() -> None:
    assert importances({"same": ["x"] * 4, "each": list("abcd")}, [1, 2, 3, 4]) == {
        "same": 0.0,
        "each": 0.0,
    }
    assert importances({"a": ["x", "y", "x"]}, [1, 1, 1]) == {"a": 0.0}
