"""The effect of the condition on the network."""

from __future__ import annotations

import numpy as np

from rnnkit.engine.forward import Engine
from rnnkit.tasks.prepared import Source
from tests.helpers.conditioned import conditioned
from tests.helpers.random_models import random_weights


def test_condition_makes_the_first_state() -> None:
    """tanh(c W + b), row by row; and the logits at <start> differ with it."""
    task = conditioned()
    data = task.prepare(Source())
    architecture = task.network(data.codec).architecture
    weights = random_weights(architecture, 3)
    engine = Engine(architecture, weights)
    predictor = task.predictor(data.codec, engine)
    logits = []
    for index, label in enumerate(("de", "en", "it")):
        condition = predictor.condition(label)
        assert condition.tolist() == np.eye(3)[index].tolist()
        (state,) = engine.init_state(1, condition[None])["gru"]
        kernel, bias = weights["condition/0/kernel"], weights["condition/0/bias"]
        np.testing.assert_allclose(state[0], np.tanh(kernel[index] + bias), rtol=1e-6)
        prompt = predictor.begin("", condition, "error")
        logits.append(prompt.stepper.init_state(prompt.token_ids)[0])
    assert np.abs(logits[0] - logits[1]).max() > 1e-2
    assert np.abs(logits[1] - logits[2]).max() > 1e-2


def test_initial_weights_from_the_texts() -> None:
    task = conditioned()
    data = task.prepare(Source())
    assert task.network(data.codec).initial_weights(data) == {}
