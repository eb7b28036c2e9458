import math

import numpy as np
import pytest
from scipy import stats

from rnnkit.metrics.paired import difference, holm, mcnemar
from rnnkit.metrics.row_scores import RowScores, weighted


def hits(won: int, lost: int, both: int = 20) -> tuple[RowScores, RowScores]:
    """Two models, the second right in `won` rows where the first is wrong."""
    first = np.array([0] * won + [1] * lost + [1] * both)
    second = np.array([1] * won + [0] * lost + [1] * both)
    return of(first), of(second)


def of(values: np.ndarray, **keys: object) -> RowScores:
    keys = {"test": "mcnemar"} | keys
    return RowScores("accuracy", "texts", "same", weighted(values), **keys)  # type: ignore[arg-type]


@pytest.mark.parametrize(("won", "lost"), [(9, 1), (1, 9), (5, 5), (6, 0), (5, 0), (0, 1)])
def test_mcnemar_is_the_binomial_test_and_its_interval_agrees(won: int, lost: int) -> None:
    first, second = hits(won, lost)
    low, high, p = mcnemar(first.sums[:, 0], second.sums[:, 0])
    exact = stats.binomtest(won, won + lost)
    interval = exact.proportion_ci(method="exact")
    scale = (won + lost) / len(first)
    assert p == pytest.approx(exact.pvalue)
    assert [low, high] == pytest.approx(
        [scale * (2 * end - 1) for end in (interval.low, interval.high)]
    )
    assert (p < 0.05) == (low > 0 or high < 0)


def test_mcnemar_of_models_that_are_right_in_the_same_rows() -> None:
    first, second = hits(0, 0)
    assert difference([first], [second]).p == 1


def test_bootstrap_of_a_mean_is_about_a_t_test() -> None:
    generator = np.random.default_rng(1)
    first = generator.normal(size=400)
    second = first + generator.normal(0.04, 0.5, size=400)
    outcome = difference([of(first, test="bootstrap")], [of(second, test="bootstrap")])
    wanted = stats.ttest_rel(second, first)
    interval = wanted.confidence_interval()
    assert outcome.value == pytest.approx((second - first).mean())
    assert outcome.p == pytest.approx(wanted.pvalue, abs=0.04)
    assert [outcome.low, outcome.high] == pytest.approx([interval.low, interval.high], abs=0.006)
    assert difference([of(first, test="bootstrap")], [of(first, test="bootstrap")]).p == 1


def test_diebold_mariano_one_step_ahead_is_a_t_test() -> None:
    # With one step ahead, the correction of Harvey et al. is (n - 1) / n: a paired t-test.
    generator = np.random.default_rng(2)
    first, second = generator.exponential(size=(2, 60))
    outcome = difference(*([of(loss, test="diebold_mariano")] for loss in (first, second)))
    wanted = stats.ttest_rel(second, first)
    assert outcome.p == pytest.approx(wanted.pvalue)
    assert outcome.low == pytest.approx(wanted.confidence_interval().low)


def test_difference_of_root_mean_squares_has_the_test_of_squares() -> None:
    generator = np.random.default_rng(3)
    squares = generator.exponential(size=(2, 80))
    plain, root = (
        difference(*([of(each, test="diebold_mariano", how=how)] for each in squares))
        for how in ("ratio", "root")
    )
    assert root.p == pytest.approx(plain.p, rel=1e-6)
    roots = np.sqrt(squares.mean(axis=1))
    assert root.value == pytest.approx(roots[1] - roots[0])


def test_difference_of_several_seeds_counts_their_spread() -> None:
    generator = np.random.default_rng(4)
    alone = generator.random(5000) < 0.8
    better = alone | (generator.random(5000) < 0.1)
    one = difference([of(alone)], [of(better)])
    same = difference([of(alone)] * 3, [of(better)] * 3)
    assert same.p < 0.001
    assert same.value == pytest.approx(one.value)
    seeds = [alone & (generator.random(5000) < keep) for keep in (1, 0.8, 0.6)]
    spread = difference([of(each) for each in seeds], [of(better)])
    # hand-worked: the variance of the mean of three seeds is far above that of the rows
    scores = [each.mean() for each in seeds]
    assert spread.p > 0.05
    assert spread.high - spread.low > 4 * np.std(scores, ddof=1) / math.sqrt(3)


def test_difference_of_seeds_of_one_model_is_rarely_significant() -> None:
    generator = np.random.default_rng(5)
    false = 0
    for _ in range(12):
        easy = generator.normal(size=100)
        shifts = generator.normal(0, 0.3, size=6)
        noise = generator.normal(size=(6, 100))
        hits = (easy + shifts[:, None] + noise > 0).astype(float)
        runs = [of(each) for each in hits]
        false += difference(runs[:3], runs[3:]).p < 0.05
    assert false <= 3


def test_difference_of_too_few_rows_is_unknown() -> None:
    assert math.isnan(difference([of(np.ones(4))], [of(np.zeros(4))]).p)
    keys = {"test": "diebold_mariano", "horizon": 4}
    assert math.isnan(difference([of(np.ones(11), **keys)], [of(np.zeros(11), **keys)]).p)


def test_difference_of_scores_that_are_not_numbers_is_unknown() -> None:
    broken = [of(np.append(np.ones(30), math.nan), test="bootstrap")]
    assert math.isnan(difference(broken, [of(np.ones(31), test="bootstrap")]).p)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, math.nan]) == pytest.approx(
        [0.03, 0.06, 0.06, math.nan], nan_ok=True
    )
    assert holm([0.6, 0.7]) == [1.0, 1.0]
