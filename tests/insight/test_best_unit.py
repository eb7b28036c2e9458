from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from rnnkit.insight.best_unit import Halves, areas, correlations, strength

GENERATOR = np.random.default_rng(0)
VALUES = GENERATOR.normal(size=(300, 6)).round(1)  # with ties
TRUE = GENERATOR.random(300) < 0.3
EVEN = np.arange(300) % 2 == 0


def test_areas_are_those_of_scikit_learn() -> None:
    expected = [roc_auc_score(TRUE, unit) for unit in VALUES.T]
    np.testing.assert_allclose(areas(VALUES, TRUE), expected, rtol=1e-12)


def test_correlations_are_numpys() -> None:
    target = VALUES @ np.arange(6) + 1
    expected = [np.corrcoef(unit, target)[0, 1] for unit in VALUES.T]
    np.testing.assert_allclose(correlations(VALUES, target), expected, rtol=1e-9)
    assert correlations(np.ones((9, 1)), np.arange(9.0))[0] == 0


def test_halves_find_the_unit_that_follows() -> None:
    planted = VALUES.copy()
    planted[:, 4] -= 3 * TRUE
    best = Halves(planted, EVEN).best_unit(TRUE)
    assert best is not None
    assert (best.unit, best.rises) == (4, False)
    assert best.score == pytest.approx(roc_auc_score(TRUE[~EVEN], planted[~EVEN, 4]))
    other = Halves(planted, EVEN).best_unit(planted[:, 2] * -2)
    assert other is not None
    assert (other.unit, other.is_area, other.score) == (2, False, pytest.approx(-1))


def test_halves_do_not_praise_chance() -> None:
    noise = np.random.default_rng(1).normal(size=(80, 2000))
    target = np.arange(80) % 4 < 2
    best = Halves(noise, np.arange(80) % 2 == 0).best_unit(target)
    assert best is not None
    assert strength(best.score, is_area=best.is_area) < 0.4
    assert np.abs(2 * areas(noise[::2], target[::2]) - 1).max() > 0.55  # what it was chosen for


@pytest.mark.parametrize("target", [np.zeros(300), np.zeros(300, bool), EVEN, np.arange(300) < 3])
def test_halves_say_nothing_of_what_does_not_vary(target: np.ndarray) -> None:
    assert Halves(VALUES, EVEN).best_unit(target) is None
    few = Halves(VALUES[:30], EVEN[:30])
    assert few.best_unit(np.arange(30.0)) is None
