"""Compiled steps against keras' own training and against NumPy: both backends give the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnkit import backend
from rnnkit.architecture import Architecture, LayerSpec
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.config import parse_config
from rnnkit.data.batch.buckets import Buckets
from rnnkit.data.encode.ragged import Sequences
from rnnkit.engine.forward import Engine
from rnnkit.metrics.next_token import score_logits
from rnnkit.models.build import build_stream, get_weights, set_weights
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.registry import lookup
from rnnkit.tasks.prepared import Source
from tests.helpers.random_models import (
    architecture,
    keras_model,
    random_inputs,
    random_weights,
    wider,
)
from tests.helpers.streams import stream, tokens

pytestmark = pytest.mark.backend

PADDED = architecture(
    Embedding(dim=3),
    SimpleRNN(units=3),
    Pool(mode="attention"),
    timesteps=None,
    padded=True,
)
MODEL = architecture(Embedding(dim=3), SimpleRNN(units=4), Dense(units=3, activation="tanh"))
ONE_HOT = architecture(OneHot(), Pool(mode="mean"), Dense(units=3, activation="tanh"))
CLASSES = 4
SMALLEST = """
task: {language_model: 3}
data: {dataset: fable}
model: {embedding: 2, layers: [pool: mean]}
"""
TASK = parse_config(SMALLEST)
OBJECTIVE: backend.Objective = TASK.network(TASK.prepare(Source()).codec).objective()


def stepped(
    model: Any, optimizer: str = "sgd", objective: backend.Objective = OBJECTIVE, **clipping: float
) -> backend.TrainStep:
    limits = {"clip_norm": None, "clip_value": None} | clipping
    return backend.train_step(
        model, lookup("optimizer", optimizer)().build(0.1, **limits), objective
    )


def batch(seed: int, rows: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, targets, and weights of 1."""
    targets = np.random.default_rng(seed).integers(0, CLASSES, rows).astype(np.int32)
    return random_inputs(MODEL, seed, rows), targets, np.ones(rows, np.float32)


def padded(rows: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same batch and three further rows of weight 0."""
    inputs, targets, weights = rows
    return (
        np.concatenate([inputs, inputs[:3] * 0 + 4]),
        np.concatenate([targets, np.array([0, 1, 2], np.int32)]),
        np.concatenate([weights, np.zeros(3, np.float32)]),
    )


def sums_by_hand(logits: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """Cross-entropy, hits and weights of a batch, one row after the other."""
    loss = correct = weight = 0.0
    for row, target, share in zip(logits.astype(np.float64), targets, weights, strict=True):
        probabilities = np.exp(row - row.max()) / np.exp(row - row.max()).sum()
        loss -= share * float(np.log(probabilities[target]))
        correct += share * float(row.argmax() == target)
        weight += share
    return {"loss": loss, "correct": correct, "weight": weight}


def assert_same_weights(
    model: Any, expected: dict[str, np.ndarray], atol: float, of: Architecture = MODEL
) -> None:
    found = get_weights(model, of)
    assert found.keys() == expected.keys()
    for name, array in found.items():
        np.testing.assert_allclose(array, expected[name], rtol=0, atol=atol, err_msg=name)


def test_steps_sums(share: float = 0.5) -> None:
    weights = random_weights(MODEL, 0)
    inputs, targets, rows = padded(batch(1))
    rows[0] = share
    expected = sums_by_hand(Engine(MODEL, weights).outputs(inputs), targets, rows)
    test_step = backend.test_step(keras_model(MODEL, weights), OBJECTIVE)
    assert test_step(inputs, targets, rows) == pytest.approx(expected, abs=1e-5)
    model = keras_model(MODEL, weights)
    step = stepped(model)
    # of the weights as they were before the step
    assert step(inputs, targets, rows, 0.1) == pytest.approx(expected, abs=1e-5)
    assert 0 < expected["correct"] < expected["weight"] < len(rows)


@pytest.mark.parametrize(
    ("architecture", "name", "settings", "clip_norm"),
    # not Adam of an embedding: keras on TensorFlow squares each token's share of a row's gradient
    [
        (MODEL, "sgd", {}, None),
        (ONE_HOT, "adam", {}, 0.1),
        pytest.param(
            *(ONE_HOT, "adam", {"gradient_accumulation_steps": 2}, None), marks=pytest.mark.soak
        ),
    ],
    ids=["sgd", "adam, clipped", "adam, averaged"],
)
def test_train_step_as_keras(
    architecture: Architecture, name: str, settings: dict[str, Any], clip_norm: float | None
) -> None:
    """Three steps with two learning rates leave the weights where keras' train_on_batch leaves
    them.
    """
    import keras

    weights = random_weights(architecture, 0)
    reference: Any = keras_model(architecture, weights)
    theirs = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[name](
        0.1, global_clipnorm=clip_norm, **settings
    )
    reference.compile(theirs, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model = keras_model(architecture, weights)
    ours = lookup("optimizer", name)(**settings).build(0.1, clip_norm, None)
    step = backend.train_step(model, ours, OBJECTIVE)
    for number, rate in enumerate((0.1, 0.1, 0.02)):
        inputs, targets, ones = batch(number)
        theirs.learning_rate = rate
        loss = float(reference.train_on_batch(inputs, targets))
        sums = step(inputs, targets, ones, rate)
        assert sums["loss"] / sums["weight"] == pytest.approx(loss, abs=1e-5)
    step.sync()
    expected = get_weights(reference, architecture)
    # Adam's first steps are as long for small gradients as for large ones: rounding counts
    assert_same_weights(model, expected, atol=1e-6 if name == "sgd" else 1e-5, of=architecture)
    # every weight moved
    assert min(np.abs(expected[key] - weights[key]).max() for key in weights) > 1e-4


@pytest.mark.parametrize(("clipping", "limit"), [("clip_norm", 0.01), ("clip_value", 0.001)])
def test_train_step_clips_sparse_gradients(clipping: str, limit: float) -> None:
    """Tokens that come several times in a batch are one row of the embedding: its gradient is
    measured as a whole.
    """
    weights = random_weights(MODEL, 0)
    model = keras_model(MODEL, weights)
    step = stepped(model, **{clipping: limit})
    inputs, targets, ones = batch(0)
    inputs[:] = 1  # every row of the embedding's gradient is the same one
    step(inputs, targets, ones, 1.0)
    step.sync()
    moved = np.concatenate(
        [(array - weights[name]).ravel() for name, array in get_weights(model, MODEL).items()]
    )
    measured = np.linalg.norm(moved) if clipping == "clip_norm" else np.abs(moved).max()
    assert measured == pytest.approx(limit, rel=1e-4)


def test_train_step_rows_of_weight_zero() -> None:
    weights, rows = random_weights(MODEL, 0), batch(1)
    after = []
    for given in (rows, padded(rows)):
        model = keras_model(MODEL, weights)
        step = stepped(model)
        sums = step(*given, 0.5)
        step.sync()
        after.append((sums, get_weights(model, MODEL)))
    (sums, expected), (padded_sums, _) = after
    assert padded_sums == pytest.approx(sums, abs=1e-5)
    assert_same_weights(model, expected, atol=1e-6)
    assert np.abs(expected["simple_rnn/kernel"] - weights["simple_rnn/kernel"]).max() > 1e-3


def gradients(
    architecture: Architecture, weights: dict[str, np.ndarray]
) -> Callable[..., dict[str, np.ndarray]]:
    """A function from a batch to the gradient of its mean loss: what a step of plain descent takes
    off, undone after each.
    """
    model = keras_model(architecture, weights)
    step = stepped(model)

    def of(inputs: np.ndarray, targets: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
        step(inputs, targets, rows, 1.0)
        step.sync()
        after = get_weights(model, architecture)
        set_weights(model, architecture, weights)
        return {name: weights[name] - after[name] for name in weights}

    return of


def texts(seed: int, rows: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A batch of texts of unequal length."""
    targets = np.random.default_rng(seed).integers(0, CLASSES, rows).astype(np.int32)
    return random_inputs(PADDED, seed, rows, timesteps=width), targets, np.ones(rows, np.float32)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([LSTM(units=3)], marks=pytest.mark.soak),
        [SimpleRNN(units=3, activation="relu", bidirectional=True)],
        pytest.param(None, marks=pytest.mark.soak),
    ],
    ids=["last", "relu", "attention"],
)
def test_train_step_padding_changes_no_gradient(body: list[LayerSpec] | None) -> None:
    """Nor on rows of weight 0; with relu, whose state is ten times as large at every step, not even
    where it would leave single precision.
    """
    model = architecture(Embedding(dim=3), *body, timesteps=None, padded=True) if body else PADDED
    weights = random_weights(model, 0)
    columns = 9
    if body and body[0].model_dump().get("activation") == "relu":
        weights = {
            name: np.abs(array) * (10 if "recurrent" in name else 1)
            for name, array in weights.items()
        }
        columns = 40
    of = gradients(model, weights)
    inputs, targets, ones = texts(1, rows=4, width=3)
    expected = of(inputs, targets, ones)
    scale = max(1.0, max(float(np.abs(array).max()) for array in expected.values()))
    assert all(
        np.isfinite(array).all() and np.abs(array).max() > 1e-5
        for name, array in expected.items()
        if name != "logits/bias"
    )
    more = np.concatenate([inputs, np.full((2, 3), 3, np.int32), np.zeros((1, 3), np.int32)])
    others = (
        np.append(targets, [0, 1, 2]).astype(np.int32),
        np.append(ones, [0, 0, 0]).astype(np.float32),
    )
    for name, array in of(wider(more, columns), *others).items():
        np.testing.assert_allclose(array, expected[name], rtol=0, atol=2e-6 * scale, err_msg=name)


def test_train_step_row_of_padding_alone() -> None:
    weights = random_weights(PADDED, 0)
    found = gradients(PADDED, weights)(
        np.zeros((2, 4), np.int32), np.array([0, 1], np.int32), np.ones(2, np.float32)
    )
    assert all(np.isfinite(array).all() for array in found.values())
    # the padding's own row alone has a say
    assert np.abs(found["embedding/embeddings"][1:]).max() == 0


def test_steps_changing_widths_need_few_traces() -> None:
    """Sums of each step are those of its own batch, one row after the other; TensorFlow needs few
    graphs for all of them.
    """
    import keras

    traces: list[Any] = []

    def objective(outputs: Any, targets: Any, weights: Any) -> Any:
        traces.append(outputs.shape)
        return OBJECTIVE(outputs, targets, weights)

    weights = random_weights(PADDED, 0)
    model = keras_model(PADDED, weights)
    step = stepped(model, objective=objective)
    test_step = backend.test_step(keras_model(PADDED, weights), objective)
    shapes = [(4, 3), (2, 7), (6, 5), (1, 9)]
    # JAX compiles each shape anew
    shapes = shapes if keras.backend.backend() == "tensorflow" else shapes[:2]
    for number, (rows, width) in enumerate(shapes):
        batch = texts(number, rows, width)
        step.sync()
        engine = Engine(PADDED, get_weights(model, PADDED))
        logits = np.concatenate(
            [engine.outputs(text[None, : np.count_nonzero(text)]) for text in batch[0]]
        )
        assert step(*batch, 0.1) == pytest.approx(sums_by_hand(logits, *batch[1:]), abs=2e-5)
        before = np.concatenate(
            [
                Engine(PADDED, weights).outputs(text[None, : np.count_nonzero(text)])
                for text in batch[0]
            ]
        )
        assert test_step(*batch) == pytest.approx(sums_by_hand(before, *batch[1:]), abs=2e-5)
    assert len(traces) <= 2 * 3  # of two steps: the first shape, one with another width, any


@pytest.mark.parametrize("number", [1, 3])
def test_steps_are_compiled_once_for_each_width_whose_number_changes_no_sum(number: int) -> None:
    import keras

    traces: list[Any] = []

    def objective(outputs: Any, targets: Any, weights: Any) -> Any:
        traces.append(outputs.shape)
        return OBJECTIVE(outputs, targets, weights)

    lengths = [1, 2, 3, 9, 10, 17, 18, 19, 30, 31, 64]
    generator = np.random.default_rng(0)
    texts = Sequences.of(generator.integers(1, 5, length) for length in lengths)
    buckets = Buckets(texts, generator.integers(0, CLASSES, len(lengths)), 2)
    buckets.num_buckets = number
    step = backend.test_step(keras_model(PADDED, random_weights(PADDED, 0)), objective)
    shapes, counts, totals = set(), [], dict.fromkeys(("loss", "correct", "weight"), 0.0)
    for batch in buckets.in_order():
        shapes.add(batch.inputs.shape)
        sums = step(*batch)
        totals = {name: total + sums[name] for name, total in totals.items()}
        counts.append(len(traces))
    assert len(shapes) == len(buckets.shapes) == number
    assert counts[-1] == (
        number * counts[0] if keras.backend.backend() == "jax" else min(number, 2)
    )
    engine = Engine(PADDED, random_weights(PADDED, 0))
    alone = np.concatenate([engine.outputs(texts[row][None]) for row in range(len(texts))])
    expected = sums_by_hand(alone, buckets.targets, np.ones(len(texts)))
    assert totals == pytest.approx(expected, abs=1e-5)


def test_train_step_counts_the_models_own_losses() -> None:
    """A weight penalty of a user's layer is part of the gradient, once, whatever the number of
    rows.
    """
    import keras

    def penalized() -> Any:
        keras.utils.set_random_seed(3)
        inputs = keras.Input((5,))
        return keras.Model(
            inputs,
            keras.layers.Dense(
                CLASSES, kernel_regularizer=keras.regularizers.L2(0.3), name="dense"
            )(inputs),
        )

    inputs, targets, ones = batch(0)
    numbers = inputs.astype(np.float32)
    reference, model = penalized(), penalized()
    reference.compile(
        keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    step = stepped(model)
    for _ in range(2):
        reference.train_on_batch(numbers, targets)
        step(numbers, targets, ones, 0.1)
    step.sync()
    for ours, theirs in zip(model.weights, reference.weights, strict=True):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=0, atol=1e-6)


def test_sync_updates_the_model() -> None:
    """After it the model answers with what was learnt; a second call changes nothing; what is set
    after it is trained on.
    """
    weights, rows = random_weights(MODEL, 0), batch(1)
    model = keras_model(MODEL, weights)
    step = stepped(model)
    first = step(*rows, 0.5)
    step.sync()
    learnt = get_weights(model, MODEL)
    assert all((learnt[name] != weights[name]).any() for name in weights)
    assert backend.test_step(model, OBJECTIVE)(*rows) == pytest.approx(
        sums_by_hand(Engine(MODEL, learnt).outputs(rows[0]), rows[1], rows[2]), abs=1e-5
    )
    step.sync()
    assert_same_weights(model, learnt, atol=0)
    set_weights(model, MODEL, weights)
    assert step(*rows, 0.5) == first
    step.sync()
    assert_same_weights(model, learnt, atol=1e-7)


def test_train_step_on_jax_changes_weights_where_they_are() -> None:
    """Their buffers, those of the optimizer and of the states are donated; what was read from the
    model or of the states before stays.
    """
    import keras

    if keras.backend.backend() != "jax":
        pytest.skip("variables of TensorFlow are changed where they are")
    model = stream(Embedding(dim=2), LSTM(units=3, dropout=0.5), vocabulary=4)
    built, text = build_stream(model), tokens(model, 4, 2, 4)
    zeros = tuple(np.zeros((2, 3), np.float32) for _ in range(2))
    step = backend.train_step(built, keras.optimizers.Adam(0.1), OBJECTIVE, zeros)
    batch = (text[:, :-1], text[:, 1:], np.ones((2, 3), np.float32), 0.1)
    step(*batch)
    groups = step._variables()
    before = [*step.carried, *(value for group in step._values for value in group)]
    step(*batch)
    names = ["h", "c", *(variable.path for group in groups for variable in group)]
    kept = [name for name, one in zip(names, before, strict=True) if not one.is_deleted()]
    assert [name.partition("/")[2] for name in kept] == ["learning_rate"]  # the host's, each time
    step.sync()
    read = [variable.value for variable in built.variables]
    state = np.asarray(step.carried[0])
    copy = state.copy()
    step(*batch)
    assert not any(value.is_deleted() for value in read)
    np.testing.assert_array_equal(state, copy)


def test_test_step_changes_nothing() -> None:
    model = architecture(
        Embedding(dim=3),
        Dropout(rate=0.5),
        LSTM(units=4, dropout=0.5, recurrent_dropout=0.5),
        Dropout(rate=0.5),
    )
    weights, rows = random_weights(model, 0), batch(1)
    built: Any = keras_model(model, weights)
    step = backend.test_step(built, OBJECTIVE)
    expected = sums_by_hand(Engine(model, weights).outputs(rows[0]), rows[1], rows[2])
    assert step(*rows) == pytest.approx(expected, abs=1e-5)
    assert step(*rows) == step(*rows)
    assert_same_weights(built, weights, atol=0, of=model)
    assert abs(stepped(built)(*rows, 0.1)["loss"] - expected["loss"]) > 1e-3  # training does drop


Parameters = dict[str, np.ndarray]


def mean_loss(
    parameters: Parameters, state: np.ndarray, inputs: np.ndarray, targets: np.ndarray
) -> tuple[float, np.ndarray]:
    """One chunk by the equations of a SimpleRNN, in double precision: the mean loss, and the state
    after it.
    """
    nats = []
    for step in range(inputs.shape[1]):
        x = parameters["embedding/embeddings"][inputs[:, step]]
        state = np.tanh(
            x @ parameters["simple_rnn/kernel"]
            + state @ parameters["simple_rnn/recurrent_kernel"]
            + parameters["simple_rnn/bias"]
        )
        logits = state @ parameters["logits/kernel"] + parameters["logits/bias"]
        nats.append(
            np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(logits)), targets[:, step]]
        )
    return float(np.mean(nats)), state


def differences(parameters: Parameters, *chunk: np.ndarray, nudge: float = 1e-6) -> Parameters:
    """By central differences; the state at the chunk's start is given, so that nothing goes back
    before it.
    """
    found = {}
    for name, array in parameters.items():
        found[name] = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            ends = []
            for sign in (1, -1):
                nudged = array.copy()
                nudged[place] += sign * nudge
                ends.append(mean_loss({**parameters, name: nudged}, *chunk)[0])
            found[name][place] = (ends[0] - ends[1]) / (2 * nudge)
    return found


def test_train_step_truncated_back_propagation() -> None:
    """Two chunks of plain gradient descent: each step's gradient is that of its own chunk, from the
    state that the one before left.
    """
    import keras

    model = stream(Embedding(dim=2), SimpleRNN(units=3), vocabulary=4)
    weights = random_weights(model, 3)
    built = build_stream(model)
    set_weights(built, model, weights)
    step = backend.train_step(
        built,
        keras.optimizers.SGD(0.5),
        OBJECTIVE,
        (np.zeros((2, 3), np.float32),),
    )
    parameters = {name: array.astype(np.float64) for name, array in weights.items()}
    state, text = np.zeros((2, 3)), tokens(model, 3, 2, 7)
    for start in (0, 3):
        chunk = (text[:, start : start + 3], text[:, start + 1 : start + 4])
        sums = step(*chunk, np.ones((2, 3), np.float32), 0.5)
        loss, after = mean_loss(parameters, state, *chunk)
        assert sums["loss"] / sums["weight"] == pytest.approx(loss, rel=1e-5)
        parameters = {
            name: parameters[name] - 0.5 * slope
            for name, slope in differences(parameters, state, *chunk).items()
        }
        state = after
        np.testing.assert_allclose(np.asarray(step.carried[0]), state, atol=1e-5)
        step.sync()
        for name, array in get_weights(built, model).items():
            np.testing.assert_allclose(array, parameters[name], atol=1e-5, err_msg=name)


def test_test_steps_that_begin_before_one_is_read_are_those_one_by_one() -> None:
    """To the last bit, with the states of the batch before."""
    model = stream(Embedding(dim=2), LSTM(units=3), vocabulary=4)
    weights, text = random_weights(model, 4), tokens(model, 4, 2, 10)
    built, ones = build_stream(model), np.ones((2, 3), np.float32)
    set_weights(built, model, weights)
    zeros = tuple(np.zeros((2, 3), np.float32) for _ in range(2))
    batches = [(text[:, i : i + 3], text[:, i + 1 : i + 4], ones) for i in (0, 3, 6)]
    step = backend.test_step(built, OBJECTIVE, zeros)
    one_by_one = [step(*batch) for batch in batches]
    step.carried = zeros
    begun = [step.begin(*batch) for batch in batches]
    assert [sums() for sums in begun] == one_by_one
    assert one_by_one[1] != one_by_one[2]


def test_test_step_carries_the_states() -> None:
    model = stream(Embedding(dim=2), LSTM(units=3, weight_drop=0.5, dropout=0.5), vocabulary=4)
    weights, text = random_weights(model, 4), tokens(model, 4, 2, 7)
    built, engine = build_stream(model), Engine(model, weights)
    set_weights(built, model, weights)
    step = backend.test_step(
        built, OBJECTIVE, tuple(np.zeros((2, 3), np.float32) for _ in range(2))
    )
    states = engine.init_state(2)
    for start in (0, 3):
        inputs, targets = text[:, start : start + 3], text[:, start + 1 : start + 4]
        sums = step(inputs, targets, np.ones((2, 3), np.float32))
        logits, states = engine.step(inputs, states)
        assert sums["loss"] == pytest.approx(
            score_logits(logits.reshape(6, 4), targets.reshape(6)).nats, rel=1e-5
        )
        for ours, theirs in zip(step.carried, states["lstm"], strict=True):
            np.testing.assert_allclose(np.asarray(ours), theirs, atol=1e-5)
    for name, array in get_weights(built, model).items():
        np.testing.assert_array_equal(array, weights[name])
