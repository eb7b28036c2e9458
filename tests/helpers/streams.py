"""Models that carry their state, for the tests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

from rnnkit.architecture import Architecture, InputSpec, Interface, LayerSpec, resolve
from rnnkit.engine.forward import Engine, States
from rnnkit.models.build import build_stream, set_weights
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.tied import Tied
from tests.helpers.random_models import BOUNDED, EVERY_RECURRENT, Weights


def stream(
    first: InputSpec, *body: LayerSpec, vocabulary: int = 6, tied: bool = False
) -> Architecture:
    """A small model of a stream of tokens."""
    head: LayerSpec = (
        Tied(dim=first.dim, vocabulary=vocabulary)
        if tied and isinstance(first, Embedding)
        else Dense(units=vocabulary)
    )
    return resolve(
        "stream",
        first,
        body,
        {"logits": head},
        Interface(timesteps=None, features=vocabulary, sequence_output=True, carries_state=True),
    )


@st.composite
def streams(draw: st.DrawFn, names: tuple[Any, ...] = BOUNDED) -> Architecture:
    """One to three recurrent layers of any kind with dense and dropout between; from one-hot rows,
    or from a table that may be the head too.
    """
    activations = st.sampled_from(names)
    between: st.SearchStrategy[list[Any]] = st.lists(
        st.builds(Dense, units=st.integers(2, 5), activation=activations)
        | st.builds(Dropout, rate=st.just(0.5), drop=st.just("features")),
        max_size=1,
    )
    shares = st.sampled_from([0.0, 0.4])
    body: list[LayerSpec] = draw(between)
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(EVERY_RECURRENT))
        options: dict[str, Any] = {
            "activation": draw(activations),
            "recurrent_activation": draw(activations),
            "dropout": draw(shares),
            "weight_drop": draw(shares),
            "slowness_l2": draw(shares),
        }
        own = {name: value for name, value in options.items() if name in kind.model_fields}
        body += [kind(units=draw(st.integers(2, 5)), **own), *draw(between)]
    if draw(st.booleans()):
        return stream(OneHot(), *body, vocabulary=draw(st.integers(2, 7)))
    dim = draw(st.integers(2, 5))
    tied = draw(st.booleans())
    return stream(
        Embedding(dim=dim),
        *body,
        *([Dense(units=dim)] if tied else []),
        vocabulary=draw(st.integers(2, 7)),
        tied=tied,
    )


def tokens(model: Architecture, seed: int, batch: int, steps: int) -> np.ndarray:
    """Random token ids."""
    return (
        np.random.default_rng(seed)
        .integers(0, model.layers[0].inputs[1], (batch, steps))
        .astype(np.int32)
    )


def random_states(engine: Engine, seed: int, batch: int) -> States:
    """States well away from zero."""
    generator = np.random.default_rng(seed)
    zeros = engine.init_state(batch)
    return {
        name: tuple(generator.uniform(-1, 1, array.shape).astype(np.float32) for array in arrays)
        for name, arrays in zeros.items()
    }


class KerasStream:
    """What Engine is, by keras' stream model, called step by step.

    Args:
        architecture: The list of layers.
        weights: By name.
    """

    def __init__(self, architecture: Architecture, weights: Weights):
        self._model = build_stream(architecture)
        set_weights(self._model, architecture, weights)
        self._sizes = {
            name: [shape[0] or 0 for shape in shapes]
            for name, shapes in architecture.states().items()
        }

    def init_state(self, batch: int, condition: Literal[None] = None) -> States:
        return {
            name: tuple(np.zeros((batch, size), np.float32) for size in sizes)
            for name, sizes in self._sizes.items()
        }

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        logits, *after = self._model([inputs, *itertools.chain(*states.values())], training=False)
        arrays = iter(after)
        return np.asarray(logits), {
            name: tuple(np.asarray(next(arrays)) for _ in sizes)
            for name, sizes in self._sizes.items()
        }


def in_chunks(
    model: Any, inputs: np.ndarray, states: States, sizes: Sequence[int]
) -> tuple[np.ndarray, States]:
    """The logits of a text that is read in chunks of these sizes, in turn, and the states after
    it."""
    read: list[np.ndarray] = []
    start = 0
    for size in itertools.cycle(sizes):
        if start >= inputs.shape[1]:
            return np.concatenate(read, axis=1), states
        logits, states = model.step(inputs[:, start : start + size], states)
        read.append(logits)
        start += size
    raise AssertionError


def assert_same(
    found: tuple[np.ndarray, States], expected: tuple[np.ndarray, States], tolerance: float = 1e-5
) -> None:
    """Logits and states alike; where they are larger than 1, within `tolerance` of the largest."""
    scale = max(1.0, float(np.abs(expected[0]).max()))
    np.testing.assert_allclose(found[0], expected[0], rtol=0, atol=tolerance * scale)
    assert found[1].keys() == expected[1].keys()
    for name, arrays in expected[1].items():
        assert len(found[1][name]) == len(arrays)
        for ours, theirs in zip(found[1][name], arrays, strict=True):
            np.testing.assert_allclose(
                ours,
                theirs,
                rtol=0,
                atol=tolerance * max(1.0, float(np.abs(theirs).max())),
                err_msg=name,
            )
