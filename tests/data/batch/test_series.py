"""Windows of a series: what a model sees of it, and what it answers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.batch.series import SeriesWindows, WindowShape


@given(
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 2),
    st.integers(0, 2),
    st.integers(0, 3),
    st.integers(0, 1000),
)
def test_series_windows_by_hand(
    timesteps: int, horizon: int, targets: int, known: int, lag: int, seed: int
) -> None:
    """Past columns of the steps before the origin; known ones of `horizon` steps later; targets
    from the origin on. A change is that since the same place of the last `lag` steps seen.
    """
    lag = min(lag, timesteps)
    generator = np.random.default_rng(seed)
    features = targets + 1 + known
    is_known = np.arange(features) >= features - known
    values = generator.normal(size=(20, features)).astype(np.float32)
    shape = WindowShape(timesteps, horizon, targets, is_known, lag)
    origins = np.arange(timesteps, 20 - horizon + 1)
    (batch,) = SeriesWindows(values, origins, shape, 64).in_order()
    for row, origin in enumerate(origins):

        def base(step: int, feature: int, origin: int = int(origin)) -> float:
            if not lag or feature >= targets:
                return 0.0
            while step >= origin:
                step -= lag
            while step < origin - lag:
                step += lag
            return float(values[step, feature])

        for step in range(timesteps):
            for feature in range(features):
                at = origin - timesteps + step
                seen = values[at + horizon if is_known[feature] else at, feature]
                assert batch.inputs[row, step, feature] == np.float32(seen - base(at, feature))
        for step in range(horizon):
            for target in range(targets):
                at = origin + step
                expected = np.float32(values[at, target] - base(at, target))
                assert batch.targets[row, step, target] == expected


def test_inputs_hold_no_number_of_the_future() -> None:
    """Whatever comes after the origin changes no input, but for what is known in advance."""
    shape = WindowShape(3, 2, 1, np.array([False, False, True]), 1)
    values = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    changed = values.copy()
    changed[6:, :2] = np.nan
    seen = [shape.inputs(shape.spans(series, np.array([6]), 2)) for series in (values, changed)]
    assert np.array_equal(*seen)
    changed[7, 2] = 99
    assert (shape.inputs(shape.spans(changed, np.array([6]), 2)) == 99).sum() == 1
