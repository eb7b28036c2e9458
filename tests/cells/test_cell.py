"""The contract of a cell, over every registered recurrent layer."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.architecture import Interface, resolve
from rnnkit.cells import RecurrentSpec
from rnnkit.engine.forward import Engine
from rnnkit.engine.recurrent import initial_state, run
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from tests.cells.equations import (
    by_keras_layer,
    by_keras_operations,
    by_numpy,
    in_place,
    random_case,
)
from tests.helpers.random_models import (
    EVERY_RECURRENT,
    RECURRENT,
    assert_engine_is_keras,
    assert_engine_is_keras_at_each_step,
    random_inputs,
    random_weights,
    wider,
)
from tests.helpers.streams import KerasStream, assert_same, in_chunks, random_states, stream, tokens

# keras' own cells are the same on JAX; those of this project are written in operations
EVERY = pytest.mark.parametrize(
    "kind",
    [
        kind if kind in RECURRENT else pytest.param(kind, marks=pytest.mark.backend)
        for kind in EVERY_RECURRENT
    ],
)


@EVERY
def test_step_of_keras_layer_and_operations_is_numpys(
    kind: type[RecurrentSpec],
) -> None:
    spec = kind(units=4)
    x, weights = random_case(spec, 2, 9, 3, seed=1)
    expected = by_numpy(spec, x, weights)
    np.testing.assert_allclose(by_keras_layer(spec, x, weights), expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(by_keras_operations(spec, x, weights), expected, rtol=0, atol=1e-5)


@EVERY
def test_step_gives_its_first_state_and_keeps_its_input(
    kind: type[RecurrentSpec],
) -> None:
    spec = kind(units=4)
    x, weights = random_case(spec, 2, 1, 3, seed=2)
    before = tuple(np.full((2, 4), 0.5, np.float32) for _ in range(spec.cell.states))
    projected = spec.cell.project(np, x, weights)[:, 0]
    output, after = spec.cell.step(np, projected, before, weights, spec)
    assert output.shape == (2, 4)
    assert len(after) == len(before) == len(initial_state(in_place(spec, 3), 2))
    np.testing.assert_array_equal(after[0], output)
    assert all((array == 0.5).all() for array in before)


@EVERY
def test_step_reads_no_later_step_and_no_other_row(kind: type[RecurrentSpec]) -> None:
    spec = kind(units=4)
    x, weights = random_case(spec, 3, 6, 3, seed=2)
    whole, changed = by_numpy(spec, x, weights), x.copy()
    changed[:, 4:] += 1
    changed[0] += 1
    outputs = by_numpy(spec, changed, weights)
    np.testing.assert_allclose(outputs[1:, :4], whole[1:, :4], atol=1e-6)
    assert (np.abs(outputs[1:, 4:] - whole[1:, 4:]).max(axis=-1) > 1e-3).all()
    assert (np.abs(outputs[0] - whole[0]).max(axis=-1) > 1e-3).all()


@EVERY
def test_cell_padding_and_both_directions_are_keras(kind: type[RecurrentSpec]) -> None:
    """A sequence is read forwards, and last states both ways."""
    body = [kind(units=3), kind(units=3, bidirectional=True)]
    model = resolve(
        "model",
        Embedding(dim=3),
        body,
        {"logits": Dense(units=2)},
        Interface(timesteps=None, features=6, sequence_output=False, padded=True),
    )
    weights, texts = random_weights(model, 0), random_inputs(model, 0, 5, timesteps=4)
    assert_engine_is_keras(model, weights, wider(texts, 2))
    engine = Engine(model, weights)
    answers = engine.outputs(texts)
    np.testing.assert_allclose(engine.outputs(wider(texts, 3)), answers, rtol=0, atol=1e-6)
    for text, answer in zip(texts, answers, strict=True):
        alone = engine.outputs(text[None, : np.count_nonzero(text)])[0]
        np.testing.assert_allclose(alone, answer, rtol=0, atol=1e-6)


@EVERY
def test_cell_both_directions_at_each_step(kind: type[RecurrentSpec]) -> None:
    """With padding, and without."""
    for padded in (False, True):
        model = resolve(
            "model",
            Embedding(dim=3),
            [kind(units=4, bidirectional=True)],
            {"logits": Dense(units=2)},
            Interface(timesteps=None, features=6, sequence_output=True, padded=padded),
        )
        texts = np.maximum(random_inputs(model, 0, 4), 0 if padded else 1)
        assert_engine_is_keras_at_each_step(model, random_weights(model, 0), texts)


@EVERY
def test_cell_carried_state_equals_one_pass(kind: type[RecurrentSpec]) -> None:
    """In chunks, by NumPy and by keras, from any states."""
    model = stream(Embedding(dim=3), kind(units=4), kind(units=3))
    weights, text = random_weights(model, 0), tokens(model, 0, 3, 5)
    engine, by_keras = Engine(model, weights), KerasStream(model, weights)
    states = random_states(engine, 0, 3)
    expected = engine.step(text, states)
    assert_same(in_chunks(engine, text, states, [1, 3, 1]), expected, tolerance=1e-6)
    assert_same(by_keras.step(text, states), expected)
    assert_same(in_chunks(by_keras, text, states, [1, 3, 1]), expected)
    assert_same(KerasStream(model.for_export(), weights).step(text, states), expected)


@EVERY
def test_scan_keeps_the_state_on_padding(kind: type[RecurrentSpec]) -> None:
    """As an unbounded state must on the padding."""
    from keras import ops

    spec = kind(units=4)
    x, weights = random_case(spec, 2, 5, 3, seed=3)
    layer = spec.cell.keras_layer(spec, in_place(spec, 3))
    layer.build(x.shape)
    for variable, array in zip(layer.weights, weights.values(), strict=True):
        variable.assign(array)
    layer.return_state = True
    real = ops.convert_to_tensor(np.arange(5)[None] < np.array([[5], [2]]))
    _, *after = layer(x, mask=real)
    zeros = initial_state(in_place(spec, 3), 1)
    for row, length in enumerate((5, 2)):
        _, expected = run(x[row : row + 1, :length], zeros, weights, spec)
        for ours, theirs in zip(after, expected, strict=True):
            np.testing.assert_allclose(np.asarray(ours)[row], theirs[0], rtol=0, atol=1e-5)
