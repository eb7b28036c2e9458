"""One step of training of the smallest model, from its initial weights to its updated ones.

h_t = tanh(x_t W + h_{t-1} U + b)    y_t = softmax(h_t V + c)    L = mean of -log y_t[next token]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.architecture import Architecture, Interface, resolve
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.equations import Row, steps
from rnnkit.engine.forward import Engine
from rnnkit.engine.gradients import backward
from rnnkit.engine.losses import cross_entropy
from rnnkit.engine.recurrent import weights_below
from rnnkit.engine.traced import Traced
from rnnkit.errors import RnnkitError
from rnnkit.models.activations import softmax
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.quantities import counted

TEXT = "give me new sample"
UNITS, LEARNING_RATE, RANDOM_SEED = 2, 0.5, 1
MOST_TOKENS = 12
NAMES = {
    "simple_rnn/kernel": "W",
    "simple_rnn/recurrent_kernel": "U",
    "simple_rnn/bias": "b",
    "logits/kernel": "V",
    "logits/bias": "c",
}
Array = np.ndarray


@dataclass(frozen=True)
class ScratchStep:
    """The forward pass and the gradients of one timestep.

    Args:
        token: The token that is read.
        target: The next token, which is to be predicted.
        x: Its one-hot vector.
        rows: The lines of the cell's computation.
        h: The new state.
        logits: h V + c.
        probabilities: Their softmax.
        loss: -log of the target's probability.
        d_logits: dL/d(logits), which is (y - target) / steps.
        d_h: dL/dh_t, of this step's loss and of all later ones.
        d_a: dL/d(x W + h' U + b), which is dL/dh (1 - h^2).
    """

    token: str
    target: str
    x: Array
    rows: tuple[Row, ...]
    h: Array
    logits: Array
    probabilities: Array
    loss: float
    d_logits: Array
    d_h: Array
    d_a: Array


@dataclass(frozen=True)
class Scratch:
    """An update of all weights.

    Args:
        vocabulary: The tokens, in the order of their numbers.
        steps: The timesteps.
        loss: L before the update.
        weights: The weights, by their names in formulas.
        gradients: dL/dW of each.
        new: The updated weights, W - learning rate x dL/dW.
        learning_rate: The learning rate.
        loss_after: L with the new weights.
    """

    vocabulary: list[str]
    steps: list[ScratchStep]
    loss: float
    weights: dict[str, Array]
    gradients: dict[str, Array]
    new: dict[str, Array]
    learning_rate: float
    loss_after: float


def architecture_of(vocabulary: int) -> Architecture:
    """One-hot vectors, two units, and the next token at each step."""
    interface = Interface(timesteps=None, features=vocabulary, sequence_output=True)
    head = {"logits": Dense(units=vocabulary)}
    return resolve("from_scratch", OneHot(), [SimpleRNN(units=UNITS)], head, interface)


def initial_weights(architecture: Architecture) -> dict[str, Array]:
    """Random numbers of one digit, so that they can be written on a blackboard; biases of 0."""
    generator = np.random.default_rng(RANDOM_SEED)
    weights = {}
    for name, shape in architecture.weight_shapes().items():
        sizes = [size or 0 for size in shape]
        drawn = generator.integers(-9, 10, sizes) / 10
        weights[name] = (np.zeros(sizes) if name.endswith("bias") else drawn).astype(np.float32)
    return weights


def scratch(text: str = TEXT) -> Scratch:
    """Computes one update of all weights on a text, each token but the last predicting the next.

    Raises:
        RnnkitError: If it has fewer than two tokens, or too many for a blackboard.
    """
    tokens = text.split()
    if not 2 <= len(tokens) <= MOST_TOKENS:
        got = counted(len(tokens), "token")
        raise RnnkitError("--text", got, f"Expected 2 to {MOST_TOKENS}, such as {TEXT!r}")
    vocabulary = list(dict.fromkeys(tokens))
    ids = np.array([vocabulary.index(token) for token in tokens], np.int32)
    inputs, targets = ids[None, :-1], ids[None, 1:]
    architecture = architecture_of(len(vocabulary))
    weights = initial_weights(architecture)
    engine = Traced(architecture, weights)
    logits: Any = engine.outputs(inputs)
    each_step = np.ones(targets.shape, np.float32)
    loss = cross_entropy(logits, targets, each_step)
    gradients = backward(engine, loss)
    new = {
        name: array - np.float32(LEARNING_RATE) * gradients.weights[name]
        for name, array in weights.items()
    }
    after = Engine(architecture, new, by_kernels=False).outputs(inputs)
    return Scratch(
        vocabulary,
        _steps(
            tokens,
            weights,
            logits.value[0],
            gradients.layer("logits").outputs[0],
            gradients.layer("simple_rnn").states[""][0][0],
        ),
        float(loss.value),
        _named(weights),
        _named(gradients.weights),
        _named(new),
        LEARNING_RATE,
        float(cross_entropy(after, targets, each_step)),
    )


def _named(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {NAMES[name]: array for name, array in arrays.items()}


def _steps(
    tokens: list[str],
    weights: Mapping[str, Array],
    logits: Array,
    d_logits: Array,
    d_h: Array,
) -> list[ScratchStep]:
    vocabulary = list(dict.fromkeys(tokens))
    x = np.eye(len(vocabulary), dtype=np.float32)[
        [vocabulary.index(token) for token in tokens[:-1]]
    ]
    cell = weights_below("simple_rnn", weights)
    cell_steps = steps(x, [np.zeros(UNITS, np.float32)], cell, SimpleRNN(units=UNITS), range(UNITS))
    result = []
    for at, step in enumerate(cell_steps):
        (h,) = step.state
        y, target = softmax(logits[at]), tokens[at + 1]
        result.append(
            ScratchStep(
                tokens[at],
                target,
                x[at],
                step.rows,
                h,
                logits[at],
                y,
                float(-np.log(y[vocabulary.index(target)])),
                d_logits[at],
                d_h[at],
                d_h[at] * (1 - h * h),
            )
        )
    return result
