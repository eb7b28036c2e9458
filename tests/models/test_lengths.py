"""Operations on padded sequences, against NumPy, one row at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.engine import lengths as engine
from rnnkit.models import lengths as operations

X = np.array(
    [[[1, 10], [2, 20], [3, 30]], [[4, 40], [5, 50], [6, 60]], [[7, 70], [8, 80], [9, 90]]],
    np.float32,
)
LENGTHS = np.array([3, 2, 1], np.int32)


def array(tensor: object) -> np.ndarray:
    from keras import ops

    return ops.convert_to_numpy(tensor)


@pytest.mark.backend
def test_lengths_by_hand() -> None:
    assert array(operations.is_step(X, LENGTHS)).tolist() == [
        [True, True, True],
        [True, True, False],
        [True, False, False],
    ]
    assert array(operations.last_step(X, LENGTHS)).tolist() == [[3, 30], [5, 50], [7, 70]]
    turned = [[[3, 30], [2, 20], [1, 10]], [[5, 50], [4, 40], [6, 60]], [[7, 70], [8, 80], [9, 90]]]
    assert array(operations.reverse(X, LENGTHS)).tolist() == turned
    assert engine.last_step(X, LENGTHS).tolist() == [[3, 30], [5, 50], [7, 70]]
    assert engine.reverse(X, LENGTHS).tolist() == turned


@pytest.mark.backend
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.integers(0, 2),
    st.integers(1, 3),
    st.integers(0, 2**32 - 1),
)
def test_lengths_row_by_row(texts: list[int], beyond: int, features: int, seed: int) -> None:
    """Any lengths, the longest as long as the array or not; keras and the engine alike, to the last
    bit.
    """
    lengths = np.array(texts, np.int32)
    x = (
        np.random.default_rng(seed)
        .normal(0, 1, (len(texts), max(texts) + beyond, features))
        .astype(np.float32)
    )
    x[0, texts[0] :] = np.nan  # what stands in the padding goes nowhere
    reversed_rows = np.stack(
        [
            np.concatenate([row[:length][::-1], row[length:]])
            for row, length in zip(x, texts, strict=True)
        ]
    )
    last = np.stack([row[length - 1] for row, length in zip(x, texts, strict=True)])
    for module in (operations, engine):
        np.testing.assert_array_equal(array(module.reverse(x, lengths)), reversed_rows)
        np.testing.assert_array_equal(array(module.last_step(x, lengths)), last)
    np.testing.assert_array_equal(
        array(operations.is_step(x, lengths)),
        [[step < length for step in range(x.shape[1])] for length in texts],
    )


@pytest.mark.backend
def test_lengths_with_unknown_batch_and_timesteps() -> None:
    """In a model whose input says (None, None, 2), at one width after another; reversing twice
    changes nothing.
    """
    import keras

    x, lengths = keras.Input((None, 2)), keras.Input((), dtype="int32")
    turned = operations.reverse(x, lengths)
    model = keras.Model(
        [x, lengths],
        [
            turned,
            operations.reverse(turned, lengths),
            operations.last_step(x, lengths),
            operations.is_step(x, lengths),
        ],
    )
    assert [output.shape for output in model.outputs] == [
        (None, None, 2),
        (None, None, 2),
        (None, 2),
        (None, None),
    ]
    for width, rows in ((3, 3), (5, 2)):
        wide = np.concatenate([X[:rows], np.full((rows, width - 3, 2), -1, np.float32)], axis=1)
        once, twice, last, real = (array(output) for output in model([wide, LENGTHS[:rows]]))
        np.testing.assert_array_equal(once, engine.reverse(wide, LENGTHS[:rows]))
        np.testing.assert_array_equal(twice, wide)
        np.testing.assert_array_equal(last, engine.last_step(X[:rows], LENGTHS[:rows]))
        assert real.sum(axis=1).tolist() == LENGTHS[:rows].tolist()
