"""The adding problem: every sum added anew, and what is known of its scores."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.data.datasets.adding import Adding


@pytest.mark.parametrize("length", [2, 9])
def test_load_asks_for_the_sum_of_the_marked_numbers(length: int) -> None:
    series = Adding(count=200, length=length).load()
    columns = {name: values.reshape(200, length + 1) for name, values in series.columns.items()}
    value, marker = columns["value"][:, :-1], columns["marker"][:, :-1]
    assert columns["sum"][:, -1] == pytest.approx((value * marker).sum(axis=1))
    assert set(marker.ravel().tolist()) <= {0.0, 1.0}
    first, second = marker[:, : length // 2], marker[:, length // 2 :]
    assert (first.sum(axis=1) == 1).all()
    assert (second.sum(axis=1) == 1).all()
    assert 0 <= value.min() < 0.1
    assert 0.9 < value.max() < 1
    # the sum is open, and nothing is scored, before the last step
    assert (columns["sum"][:, :-1] == 1).all()
    assert (series.filled.reshape(200, -1) == [True] * length + [False]).all()
    assert series.names[:2] == ["sequence 1", "sequence 2"]


def test_load_depends_on_its_own_seed_alone() -> None:
    first, again, other = (
        Adding(count=20, random_seed=seed).load().columns["value"] for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_known_scores_are_those_of_the_mean() -> None:
    dataset = Adding(count=20_000, length=2)
    sums = dataset.load().columns["sum"].reshape(-1, 3)[:, -1]
    chance, ceiling = dataset.known_scores()
    assert chance.scores == pytest.approx(
        {
            "mse": ((sums - 1) ** 2).mean(),
            "mae": np.abs(sums - 1).mean(),
            "rmse": ((sums - 1) ** 2).mean() ** 0.5,
        },
        rel=0.02,
    )
    assert set(ceiling.scores.values()) == {0.0}


def test_known_scores_name_published_ones_for_their_length_alone() -> None:
    reported = {known.who: known.scores for known in Adding(length=600).known_scores()[2:]}
    assert reported == {
        "LSTM (published)": {"mse": 0.164},
        "GRU (published)": {"mse": 5.3e-5},
        "RNN (published)": {"mse": 0.177},
    }
    assert len(Adding(length=599).known_scores()) == 2


def test_read_table_reads_sequences_of_the_same_columns() -> None:
    pandas = pytest.importorskip("pandas")
    table = {
        "sequence": ["a"] * 3 + ["b"] * 3,
        "sum": [1, 1, 0.7, 1, 1, 1.1],
        "value": [0.2, 0.5, 0, 0.4, 0.7, 0],
        "marker": [1, 1, 0, 1, 1, 0],
    }
    series = Adding(length=2).read_table(pandas.DataFrame(table))
    assert series.names == ["sequence a", "sequence b"]
    assert series.columns["sum"].tolist() == table["sum"]
