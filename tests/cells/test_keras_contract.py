"""What keras documents of its recurrent layers holds of the subclasses that a kernel computes."""

from __future__ import annotations

import pickle
from typing import Any

import keras
import numpy as np
import pytest

from rnnkit import backend, kernels
from rnnkit.cells.fused import fused, takes_kernel

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(
        bool(kernels.why_missing()), reason=kernels.why_missing() or "there are kernels"
    ),
]

KINDS = pytest.mark.parametrize("kernel", ["simple_rnn", "lstm", "gru"])
BATCH, STEPS, FEATURES, UNITS = 3, 5, 2, 4
X = np.random.default_rng(1).normal(size=(BATCH, STEPS, FEATURES)).astype(np.float32)


def pair(kernel: str, **settings: Any) -> tuple[Any, Any]:
    """The layer that a kernel computes, and keras' own with the same weights."""
    classes = {
        "simple_rnn": keras.layers.SimpleRNN,
        "lstm": keras.layers.LSTM,
        "gru": keras.layers.GRU,
    }
    layers = [fused(classes[kernel], kernel)(UNITS, **settings), classes[kernel](UNITS, **settings)]
    for layer in layers:
        layer.build((BATCH, STEPS, FEATURES))
    generator = np.random.default_rng(2)
    layers[0].set_weights([generator.normal(size=w.shape) for w in layers[0].weights[:3]])
    layers[1].set_weights(layers[0].get_weights())
    return layers[0], layers[1]


def assert_same(mine: Any, theirs: Any) -> None:
    mine, theirs = keras.tree.flatten(mine), keras.tree.flatten(theirs)
    assert [str(array.dtype) for array in mine] == [str(array.dtype) for array in theirs]
    assert [array.shape for array in mine] == [array.shape for array in theirs]
    for both in zip(mine, theirs, strict=True):
        ours, other = (
            keras.ops.convert_to_numpy(keras.ops.cast(array, "float32")) for array in both
        )
        np.testing.assert_allclose(ours, other, atol=1e-5)


@KINDS
def test_fused_outputs_states_and_directions(kernel: str) -> None:
    states = np.random.default_rng(3).normal(size=(2, BATCH, UNITS)).astype(np.float32)
    initial = [*states[: 2 if kernel == "lstm" else 1]]
    cases = [{}, {"return_sequences": True, "return_state": True, "go_backwards": True}]
    for settings in cases:
        mine, theirs = pair(kernel, **settings)
        assert_same(mine(X), theirs(X))
        assert_same(mine(X, initial_state=initial), theirs(X, initial_state=initial))


@KINDS
def test_fused_of_a_mask_is_keras_own(kernel: str) -> None:
    """Of padding at the end, and of steps in the middle."""
    mask = np.ones((BATCH, STEPS), bool)
    mask[1, -2:] = mask[2, 1:3] = False
    mine, theirs = pair(kernel, return_sequences=True, return_state=True)
    assert_same(mine(X, mask=mask), theirs(X, mask=mask))
    masked = keras.layers.Masking()(X * mask[..., None])  # keras hands the mask to the next layer
    assert_same(mine(masked), theirs(masked))
    assert np.abs(np.asarray(mine(masked)[0]) - np.asarray(mine(X)[0])).max() > 1e-3


@KINDS
def test_fused_stateful(kernel: str) -> None:
    mine, theirs = pair(kernel, stateful=True)
    for _ in range(3):
        assert_same(mine(X), theirs(X))
    for layer in (mine, theirs):
        layer.reset_state()
    assert_same(mine(X), theirs(X))


@KINDS
def test_fused_config_round_trip(kernel: str) -> None:
    mine, theirs = pair(kernel, return_sequences=True, dropout=0.25, name="recurrent")
    assert mine.get_config() == theirs.get_config()
    again = type(mine).from_config(mine.get_config())
    again.build(X.shape)
    again.set_weights(mine.get_weights())
    assert_same(again(X), theirs(X))


@KINDS
def test_fused_dropout_in_training_only(kernel: str) -> None:
    mine, theirs = pair(kernel, dropout=0.5, seed=4)
    assert_same(mine(X), theirs(X))
    assert_same(mine(X, training=True), theirs(X, training=True))
    assert np.abs(np.asarray(mine(X, training=True)) - np.asarray(mine(X))).max() > 1e-3


@pytest.mark.parametrize(
    ("kernel", "settings"),
    [
        ("lstm", {"dtype": "mixed_float16"}),
        ("gru", {"dtype": "mixed_bfloat16"}),
        ("lstm", {"use_bias": False}),
        ("simple_rnn", {"activation": "relu"}),
        ("gru", {"recurrent_activation": "hard_sigmoid"}),
        ("gru", {"reset_after": False}),
        ("lstm", {"recurrent_dropout": 0.5}),
    ],
)
def test_fused_of_what_no_kernel_computes_is_keras_own(
    kernel: str, settings: dict[str, Any]
) -> None:
    mine, theirs = pair(kernel, return_sequences=True, **settings)
    assert not takes_kernel(mine)
    assert takes_kernel(pair(kernel)[0])
    assert_same(mine(X), theirs(X))


def test_fused_leaves_cudnn_that_is_insisted_on_to_keras() -> None:
    assert not takes_kernel(pair("lstm", use_cudnn=True)[0])


@KINDS
def test_fused_pickles(kernel: str) -> None:
    mine, theirs = pair(kernel, return_sequences=True)
    again = pickle.loads(pickle.dumps(mine))
    assert type(again) is type(mine)
    assert_same(again(X), theirs(X))


def test_fused_of_each_step() -> None:
    """TimeDistributed asks JAX for all steps at once."""
    mine, theirs = (keras.layers.TimeDistributed(layer) for layer in pair("gru"))
    steps = np.stack([X, 2 * X], axis=1)
    assert_same(mine(steps), theirs(steps))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="JAX compiles all by XLA")
def test_fused_of_what_xla_compiles_is_keras_own() -> None:
    import tensorflow as tf

    mine, theirs = pair("simple_rnn")
    assert_same(tf.function(mine, jit_compile=True)(X), theirs(X))


@pytest.mark.parametrize(
    ("named", "shape", "state"),
    [
        ("h0", X.shape, (BATCH, UNITS + 5)),
        ("h0", X.shape, (BATCH - 1, UNITS)),
        ("kernel", (BATCH, STEPS, FEATURES + 1), (BATCH, UNITS)),
    ],
)
def test_fused_refuses_wrong_shapes(
    named: str, shape: tuple[int, ...], state: tuple[int, ...]
) -> None:
    """The kernel would read what is not there."""
    mine, _ = pair("lstm")
    with pytest.raises(ValueError, match=named):
        mine(np.ones(shape, np.float32), initial_state=[np.ones(state, np.float32)] * 2)


@pytest.mark.skipif(backend.current() != "jax", reason="TensorFlow's call refuses them")
def test_fused_never_writes_beyond_a_sequence() -> None:
    mine, _ = pair("lstm", return_sequences=True)
    beyond = mine(X, lengths=np.array([1, -200, 900]))
    assert_same(beyond, mine(X, lengths=np.array([1, 0, STEPS])))
