"""The gradient that is written by hand, against the one that autodiff finds step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnkit import backend
from rnnkit.backend.scan import linear_recurrence

pytestmark = pytest.mark.backend


def step_by_step(decay: Any, inflow: Any, start: Any) -> Any:
    from keras import ops

    h, states = start, []
    for step in range(decay.shape[1]):
        h = decay[:, step] * h + inflow[:, step]
        states.append(h)
    return ops.stack(states, axis=1)


def gradients(recurrence: Callable[..., Any], arrays: list[Any], weights: np.ndarray) -> list[Any]:
    """Of a weighted sum of the states, by each of the three arguments."""
    if backend.current() == "jax":
        import jax

        return list(
            jax.grad(lambda *given: (recurrence(*given) * weights).sum(), (0, 1, 2))(*arrays)
        )
    import tensorflow as tf

    tensors = [tf.constant(array) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        total = tf.reduce_sum(recurrence(*tensors) * weights)
    return list(tape.gradient(total, tensors))


@pytest.mark.parametrize("steps", [1, 7])
def test_linear_recurrence_and_its_gradient(steps: int) -> None:
    generator = np.random.default_rng(0)
    shapes = [(2, steps, 3), (2, steps, 3), (2, 3)]
    arrays = [generator.normal(0, 1, shape).astype(np.float32) for shape in shapes]
    weights = generator.normal(0, 1, shapes[0]).astype(np.float32)
    np.testing.assert_allclose(
        np.asarray(linear_recurrence(*arrays)), np.asarray(step_by_step(*arrays)), atol=1e-5
    )
    for ours, theirs in zip(
        gradients(linear_recurrence, arrays, weights),
        gradients(step_by_step, arrays, weights),
        strict=True,
    ):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), atol=1e-4)
