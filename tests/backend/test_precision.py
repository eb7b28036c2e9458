"""What `train.precision: bfloat16` rounds, and what it leaves alone, on both backends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnkit import backend, kernels
from rnnkit.architecture import Architecture
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.models.build import build_stream, get_weights, set_weights
from rnnkit.models.layers.embedding import Embedding
from tests.backend.test_steps import OBJECTIVE
from tests.helpers.random_models import random_weights
from tests.helpers.streams import stream, tokens

pytestmark = pytest.mark.backend
WIDTH = 7


def built(architecture: Architecture, precision: str) -> Any:
    with backend.computing_in(precision):
        return build_stream(architecture)


@pytest.mark.parametrize("tied", [False, True])
def test_train_step_bfloat16_rounds_products_alone(tied: bool) -> None:
    """Sums, weights and states are close to those of float32, and of that type; unequal, since
    what is multiplied has eight binary digits.
    """
    import keras

    model = stream(Embedding(dim=4), SimpleRNN(units=4), vocabulary=6, tied=tied)
    weights, text = random_weights(model, 3), tokens(model, 3, 5, WIDTH + 1)
    batch = (text[:, :-1], text[:, 1:], np.ones((5, WIDTH), np.float32))
    after = []
    for precision in ("float32", "bfloat16"):
        one = built(model, precision)
        set_weights(one, model, weights)
        optimizer = keras.optimizers.SGD(0.1)
        step = backend.train_step(one, optimizer, OBJECTIVE, (np.zeros((5, 4), np.float32),))
        sums = [step(*batch, 0.1)["loss"] for _ in range(2)]
        step.sync()
        assert {keras.backend.standardize_dtype(x.dtype) for x in step.carried} == {"float32"}
        assert {variable.dtype for variable in one.trainable_variables} == {"float32"}
        after.append(
            [np.array(sums), np.asarray(step.carried[0]), *get_weights(one, model).values()]
        )
    assert one.get_layer("simple_rnn").compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    for full, rounded in zip(*after, strict=True):
        np.testing.assert_allclose(rounded, full, rtol=0.02, atol=0.02)
        assert (rounded != full).any()


@pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())
def test_layers_of_a_kernel_and_tables_stay_float32() -> None:
    model = stream(Embedding(dim=4), LSTM(units=4), LSTM(units=3, unroll=True), vocabulary=6)
    one = built(model.for_training("auto"), "bfloat16")
    assert {layer.name: layer.compute_dtype for layer in one.layers if layer.weights} == {
        "embedding": "float32",
        "lstm_1": "float32",
        "lstm_2": "bfloat16",
        "logits": "bfloat16",
    }
