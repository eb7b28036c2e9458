import math

import pytest
from scipy import stats

from rnnkit.metrics.distributions import (
    beta_cdf,
    beta_quantile,
    binomial_tail,
    student_quantile,
    student_tail,
)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (1, 1), (3, 2.5), (12_000, 13_000), (1, 40)])
def test_beta_is_that_of_scipy(a: float, b: float) -> None:
    for share in (0.001, 0.025, 0.5, 0.975):
        x = float(stats.beta.ppf(share, a, b))
        assert beta_cdf(x, a, b) == pytest.approx(share, rel=1e-9)
        assert beta_quantile(share, a, b) == pytest.approx(x, rel=1e-8)
    assert (beta_cdf(0, a, b), beta_cdf(1, a, b)) == (0, 1)


@pytest.mark.parametrize("freedom", [1, 2.7, 30, 24_999, math.inf])
def test_student_is_that_of_scipy(freedom: float) -> None:
    for t in (-2.0, 0.0, 0.3, 1.96, 8.0):
        assert student_tail(t, freedom) == pytest.approx(stats.t.sf(t, freedom), rel=1e-8)
    assert student_quantile(0.025, freedom) == pytest.approx(stats.t.isf(0.025, freedom))


@pytest.mark.parametrize(("count", "trials"), [(0, 5), (5, 5), (1, 1), (600, 1000)])
def test_binomial_tail_is_that_of_scipy(count: int, trials: int) -> None:
    assert binomial_tail(count, trials) == pytest.approx(stats.binom.sf(count - 1, trials, 0.5))
