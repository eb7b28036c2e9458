"""Steps that move the rows of an embedding that a batch reads, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnkit import backend
from rnnkit.registry import lookup

pytestmark = pytest.mark.backend

ROWS, WIDTH, OUTPUTS = 9, 3, 2
BATCHES = np.array(
    [[[1, 2, 2], [2, 5, 0]], [[0, 0, 1], [7, 1, 1]], [[5, 5, 5], [2, 7, 8]]], np.int32
)
RATES = (0.1, 0.1, 0.02)
NEVER_READ = [3, 4, 6]


def half_squares(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
    from keras import ops

    return {"loss": ops.sum(ops.square(outputs)) / 2, "weight": ops.sum(weights)}


def build(weights: list[np.ndarray]) -> Any:
    import keras

    ids = keras.Input((None,), dtype="int32")
    read = keras.layers.ReversibleEmbedding(ROWS, WIDTH)(ids)
    model = keras.Model(ids, keras.layers.Dense(OUTPUTS, use_bias=False)(read))
    model.set_weights(weights)
    return model


def gradients(weights: list[np.ndarray], ids: np.ndarray) -> list[np.ndarray]:
    """Of half the sum of squares of E W over the number of rows of the batch."""
    table, kernel = weights
    of_table, read = np.zeros_like(table), table[ids.ravel()]
    for row, one in zip(ids.ravel(), read @ kernel @ kernel.T, strict=True):
        of_table[row] += one / len(ids)
    return [of_table, read.T @ (read @ kernel) / len(ids)]


def clipped(arrays: list[np.ndarray], norm: float | None, value: float | None) -> list[np.ndarray]:
    if value is not None:
        return [np.clip(array, -value, value) for array in arrays]
    length = np.sqrt(sum(float((array**2).sum()) for array in arrays))
    return [array * min(1.0, (norm or length) / length) for array in arrays]


def expected(
    name: str, settings: dict[str, Any], clips: dict[str, float | None], weights: list[np.ndarray]
) -> list[np.ndarray]:
    """The weights after the batches, by keras' equations in float64, row by row."""
    weights = [array.astype(np.float64) for array in weights]
    slots = [[np.zeros_like(array) for array in weights] for _ in range(3)]
    decay = settings.get("weight_decay", 0.0)
    for step, (ids, rate) in enumerate(zip(BATCHES, RATES, strict=True), start=1):
        every = clipped(gradients(weights, ids), clips["clip_norm"], clips["clip_value"])
        moved = [np.unique(ids) if settings.get("lazy") else slice(None), slice(None)]
        for number, (weight, gradient, rows) in enumerate(zip(weights, every, moved, strict=True)):
            weight[rows] -= weight[rows] * decay * rate
            if name == "sgd":
                weight -= rate * gradient
                continue
            m, v, largest = (slot[number] for slot in slots)
            m[rows] += 0.1 * (gradient[rows] - m[rows])
            v[rows] += 0.001 * (gradient[rows] ** 2 - v[rows])
            largest[rows] = np.maximum(largest[rows], v[rows])
            size = np.sqrt((largest if settings.get("amsgrad") else v)[rows]) + 1e-7
            weight[rows] -= rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step) * m[rows] / size
    return weights


@pytest.mark.parametrize(
    ("name", "settings", "clip_norm", "clip_value", "kernels"),
    [
        ("adamw", {"lazy": True, "amsgrad": True, "weight_decay": 0.1}, 0.5, None, True),
        ("adam", {"lazy": True}, None, 0.05, False),
        ("sgd", {}, None, None, True),
        ("sgd", {"weight_decay": 0.1}, 0.5, None, True),
    ],
)
def test_train_step_moves_rows(
    name: str,
    settings: dict[str, Any],
    clip_norm: float | None,
    clip_value: float | None,
    kernels: bool,
) -> None:
    generator = np.random.default_rng(0)
    sizes = ((ROWS, WIDTH), (WIDTH, OUTPUTS))
    start = [generator.normal(0, 1, size).astype(np.float32) for size in sizes]
    model = build(start)
    spec = lookup("optimizer", name)(**settings)
    clips = {"clip_norm": clip_norm, "clip_value": clip_value}
    step = backend.train_step(
        model, spec.build(0.1, **clips), half_squares, kernels=kernels, lazy=spec.is_lazy
    )
    ones = np.ones(2, np.float32)
    for ids, rate in zip(BATCHES, RATES, strict=True):
        step(ids, ones, ones, rate)
    step.sync()
    table, kernel = model.get_weights()
    of_numpy = expected(name, settings, clips, start)
    np.testing.assert_allclose(table, of_numpy[0], atol=1e-5)
    np.testing.assert_allclose(kernel, of_numpy[1], atol=1e-5)
    if spec.is_lazy:
        np.testing.assert_array_equal(table[NEVER_READ], start[0][NEVER_READ])


def test_take_rows_of_no_tied_table() -> None:
    """The softmax reads every row of a table that is the output layer too."""
    import keras

    ids = keras.Input((None,), dtype="int32")
    table = keras.layers.ReversibleEmbedding(ROWS, WIDTH)
    model = keras.Model(ids, table(table(ids), reverse=True))
    assert not backend.take_rows(model, keras.optimizers.SGD(), lazy=False).layers


def test_steps_of_tensorflow_read_no_whole_table() -> None:
    """Once rows of it have been changed, TensorFlow copies a table that is read whole."""
    if backend.current() != "tensorflow":
        pytest.skip("JAX compiles a step that reads rows")
    model = build([np.ones((ROWS, WIDTH), np.float32), np.ones((WIDTH, OUTPUTS), np.float32)])
    step, ones = backend.test_step(model, half_squares), np.ones(2, np.float32)
    assert step(BATCHES[0], ones, ones)["loss"] == 54
    graph = step._step.get_concrete_function((), BATCHES[0], ones, ones).graph  # type: ignore[attr-defined]
    reads = [one.type for one in graph.get_operations()]
    assert "ResourceGather" in reads and reads.count("ReadVariableOp") == 1  # of the dense layer
