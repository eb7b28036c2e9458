"""The resolved list of layers computed by NumPy alone: the answers of a saved run, without a
framework's start.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from rnnkit.architecture import PADDING, Architecture, Layer
from rnnkit.engine.activations import ACTIVATIONS, softmax
from rnnkit.engine.cells import CELLS, State, initial_state, run, run_from

Array = np.ndarray
Weights = Mapping[str, Array]
States = dict[str, State]
"""The state of each recurrent layer, by the layer's name."""


class Engine:
    """Answers for an architecture and its weights.

    Args:
        architecture: The resolved list of layers.
        weights: "layer/weight" to float32 arrays.
    """

    def __init__(self, architecture: Architecture, weights: Weights):
        self._architecture = architecture
        self._weights = weights
        self._steps = [
            (layer, _below(layer.ties or layer.name, weights)) for layer in architecture.layers
        ]
        self._encoder = (
            Engine(architecture.encoder, _below("encoder", weights))
            if architecture.encoder
            else None
        )

    @staticmethod
    def unsupported(architecture: Architecture) -> list[str]:
        """The kinds of layers that NumPy cannot answer."""
        inside = [
            kind
            for layer in architecture.layers
            if (inner := layer.spec.inner())
            for kind in Engine.unsupported(inner)
        ]
        own = (
            layer.kind
            for layer in architecture.all_layers
            if layer.kind not in FORWARD | GO_ON and layer.kind != "condition"
        )
        return sorted({*inside, *own})

    def outputs(self, inputs: Array) -> Array:
        """Logits for (batch, timesteps) token ids or (batch, timesteps, features) numbers: (batch,
        ..., outputs).
        """
        lengths = self._lengths(inputs)
        for layer, weights in self._steps:
            inputs = FORWARD[layer.kind](inputs, weights, layer, lengths)
        return inputs

    __call__ = outputs

    def _lengths(self, inputs: Array) -> Array:
        if not self._architecture.padded:
            return np.full(len(inputs), inputs.shape[1])
        # an empty sequence counts as one step
        return np.maximum(
            np.count_nonzero(self._architecture.token_ids(inputs) != PADDING, axis=1), 1
        )

    def encode(self, inputs: Array) -> tuple[Array, Array, Array]:
        """What an encoder makes of (batch, timesteps) token ids: its last states, (batch,
        features), and its memory.

        The memory is what it says at every step, (batch, timesteps, features), and how many of the
        steps are real, (batch,).
        """
        lengths, last = self._lengths(inputs), []
        for layer, weights in self._steps:
            inputs = FORWARD[layer.kind](inputs, weights, layer, lengths)
            if layer.kind in CELLS:
                last += last_states(layer, inputs, lengths)
        return np.concatenate(last, axis=-1), inputs, lengths

    def start(self, batch: int, condition: Array | None = None) -> States:
        """The states of all recurrent layers before the first token: zeros, or made of a (batch,
        features) condition.

        Where there is an encoder, the condition is a (batch, source timesteps) source, and
        attention's memory belongs to the state.
        """
        states: States = {}
        if self._encoder is not None and condition is not None:
            condition, *memory = self._encoder.encode(condition)
            states = {
                layer.name: remember(memory[0], memory[1], weights)
                for layer, weights in self._steps
                if layer.kind == "attention"
            }
        zeros = {
            layer.name: initial_state(layer.kind, batch, layer.spec.units)  # type: ignore[attr-defined]
            for layer, _ in self._steps
            if layer.kind in CELLS
        }
        return states | (
            zeros if condition is None else conditioned(zeros, condition, self._weights)
        )

    def go_on(self, inputs: Array, states: States) -> tuple[Array, States]:
        """Logits at each of (batch, timesteps) token ids, and the states after the last one."""
        states, lengths = dict(states), np.full(len(inputs), inputs.shape[1])
        for layer, weights in self._steps:
            if layer.name in states:
                inputs, states[layer.name] = GO_ON[layer.kind](
                    inputs, states[layer.name], weights, layer
                )
            else:
                inputs = FORWARD[layer.kind](inputs, weights, layer, lengths)
        return inputs, states


def _below(owner: str, weights: Weights) -> Weights:
    """The weights of a layer, or of the encoder, by their names there."""
    return {
        name.removeprefix(f"{owner}/"): array
        for name, array in weights.items()
        if name.startswith(f"{owner}/")
    }


def conditioned(states: States, condition: Array, weights: Weights) -> States:
    """In place of `states` those of the same sizes that are made of a (batch, features) condition
    c: tanh(c W + b).
    """
    made = (
        np.tanh(
            condition @ weights[f"condition/{index}/kernel"] + weights[f"condition/{index}/bias"]
        )
        for index in itertools.count()
    )
    return {name: tuple(next(made) for _ in arrays) for name, arrays in states.items()}


# Every function takes x (batch, timesteps, features), the layer's weights, the layer, and the
# lengths (batch,): steps from there on are padding.
# A length is at least 1.


def embedding(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    return weights["embeddings"][x]


def one_hot(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    rows = np.zeros((*x.shape, layer.inputs[1] or 0), np.float32)
    np.put_along_axis(rows, x[..., None], 1.0, axis=-1)
    return rows


def unchanged(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    return x


def recurrent(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    if not layer.spec.bidirectional:  # type: ignore[attr-defined]
        states = _states(x, weights, layer, lengths)
        return states if layer.sequence else last_step(states, lengths)
    halves = {
        way: {
            name.removeprefix(f"{way}/"): array
            for name, array in weights.items()
            if name.startswith(way)
        }
        for way in ("forward", "backward")
    }
    forward = _states(x, halves["forward"], layer, lengths)
    backward = _states(reverse(x, lengths), halves["backward"], layer, lengths)
    if layer.sequence:
        return np.concatenate([forward, reverse(backward, lengths)], axis=-1)
    return np.concatenate([last_step(forward, lengths), last_step(backward, lengths)], axis=-1)


def _states(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    """The states of every step, zeros for the padding: it is read after the text, where a state
    without bound may overflow.
    """
    if lengths.min(initial=x.shape[1]) == x.shape[1]:
        return run(layer.kind, x, weights, layer.spec)
    with np.errstate(over="ignore", invalid="ignore"):
        states = run(layer.kind, x, weights, layer.spec)
    states[np.arange(x.shape[1]) >= lengths[:, None]] = 0
    return states


def last_states(layer: Layer, states: Array, lengths: Array) -> list[Array]:
    """Where each direction of a recurrent layer ends: (batch, units), one or two. The way back ends
    at the first step.
    """
    if not layer.spec.bidirectional:  # type: ignore[attr-defined]
        return [last_step(states, lengths)]
    forward, backward = np.split(states, 2, axis=-1)
    return [last_step(forward, lengths), backward[:, 0]]


def dense(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    return ACTIVATIONS[layer.spec.activation](x @ weights["kernel"] + weights["bias"])  # type: ignore[attr-defined]


def words(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    inner = layer.spec.inner()
    reader = (
        Engine(inner, _below("characters", weights))
        if inner
        else partial(subwords, table=weights["subwords/embeddings"])
    )
    spellings, which = _different(x[..., 1:].reshape(-1, x.shape[-1] - 1))  # each is read once
    read = reader(spellings)[which]  # (batch * timesteps, features)
    return np.concatenate(
        [weights["embeddings"][x[..., 0]], read.reshape(*x.shape[:2], -1)], axis=-1
    )


def _different(rows: Array) -> tuple[Array, Array]:
    """The different rows, and which of them stands in each place; numpy.unique, which sorts them,
    takes many times as long.
    """
    rows = np.ascontiguousarray(rows)
    seen: dict[bytes, int] = {}
    which = np.array([seen.setdefault(row.tobytes(), len(seen)) for row in rows], np.int64)
    _, first = np.unique(which, return_index=True)
    return rows[first], which


def subwords(spellings: Array, table: Array) -> Array:
    """(words, length) pieces, PADDING where there is none, to (words, features): the sum over the
    root of their number.
    """
    is_piece = spellings != PADDING
    total = np.zeros((len(spellings), table.shape[1]), np.float32)
    # one by one: all at once take `length` times the memory
    for pieces, there in zip(spellings.T, is_piece.T, strict=True):
        total += np.where(there[:, None], table[pieces], np.float32(0))
    return total / np.sqrt(np.maximum(is_piece.sum(axis=1, keepdims=True), 1)).astype(np.float32)


def conv(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    width = layer.spec.width  # type: ignore[attr-defined]
    real = np.where((np.arange(x.shape[1]) < lengths[:, None])[..., None], x, np.float32(0))
    before = (width - 1) // 2
    around = np.pad(real, ((0, 0), (before, width - 1 - before), (0, 0)))
    # (batch, timesteps, features, width)
    windows = np.lib.stride_tricks.sliding_window_view(around, width, axis=1)
    # (features * width, filters)
    kernel = weights["kernel"].swapaxes(0, 1).reshape(-1, weights["kernel"].shape[-1])
    return ACTIVATIONS[
        layer.spec.activation  # type: ignore[attr-defined]
    ](windows.reshape(*x.shape[:2], -1) @ kernel + weights["bias"])


def crf(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    emissions = x @ weights["kernel"] + weights["bias"]  # (batch, timesteps, labels)
    *transitions, start = weights["transitions"]
    potentials = emissions[:, :, None] + np.array(transitions)
    potentials[:, 0] = (emissions[:, 0] + start)[:, None]
    return potentials


def tied(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    return x @ weights["embeddings"].T


def pool(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    mode = layer.spec.mode  # type: ignore[attr-defined]
    if mode == "last":
        return last_step(x, lengths)
    is_step = (np.arange(x.shape[1]) < lengths[:, None])[..., None]  # (batch, timesteps, 1)
    if mode == "mean":
        return x.sum(axis=1, where=is_step) / lengths[:, None].astype(np.float32)
    if mode == "max":
        return x.max(axis=1, where=is_step, initial=-np.inf)
    # (batch, timesteps, 1)
    scores = np.tanh(x @ weights["kernel"] + weights["bias"]) @ weights["score"]
    return (softmax(np.where(is_step, scores, -np.inf).swapaxes(1, 2)) @ x)[:, 0]


def last_step(x: Array, lengths: Array) -> Array:
    """The last real step of each sequence: (batch, timesteps, features) to (batch, features)."""
    return x[np.arange(len(x)), lengths - 1]


def reverse(x: Array, lengths: Array) -> Array:
    """Each sequence back to front, its padding left where it is."""
    steps = np.arange(x.shape[1])[None, :]
    return np.take_along_axis(
        x,
        np.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)[..., None],
        axis=1,
    )


FORWARD: dict[str, Callable[[Array, Weights, Layer, Array], Array]] = {
    "conv": conv,
    "crf": crf,
    "dense": dense,
    "dropout": unchanged,
    "embedding": embedding,
    "none": unchanged,
    "one_hot": one_hot,
    "pool": pool,
    "tied": tied,
    "words": words,
    **dict.fromkeys(CELLS, recurrent),
}


# Layers with a state: each takes x (batch, timesteps, features), its state, its weights and the
# layer, and gives outputs and the new state.


def recurrent_from(x: Array, state: State, weights: Weights, layer: Layer) -> tuple[Array, State]:
    return run_from(state, layer.kind, x, weights, layer.spec)


def remember(memory: Array, lengths: Array, weights: Weights) -> State:
    """Attention's state: the memory, its keys, which of its steps are padding, and the shares that
    the last steps gave to each of them.
    """
    is_padding = np.arange(memory.shape[1]) >= lengths[:, None]
    return (
        memory,
        memory @ weights["keys/kernel"] + weights.get("keys/bias", np.float32(0)),
        is_padding,
        np.empty((len(memory), 0, memory.shape[1]), np.float32),
    )


def attention(x: Array, state: State, weights: Weights, layer: Layer) -> tuple[Array, State]:
    memory, keys, is_padding, _ = state
    if layer.spec.score == "multiplicative":  # type: ignore[attr-defined]
        scores = x @ keys.swapaxes(1, 2)
    else:
        query = x @ weights["query/kernel"]
        scores = (np.tanh(query[:, :, None] + keys[:, None]) @ weights["score/kernel"])[..., 0]
    # (batch, timesteps, source timesteps)
    shares = softmax(np.where(is_padding[:, None], -np.inf, scores))
    attended = np.tanh(np.concatenate([shares @ memory, x], axis=-1) @ weights["output/kernel"])
    return attended, (memory, keys, is_padding, shares)


GO_ON: dict[str, Callable[[Array, State, Weights, Layer], tuple[Array, State]]] = {
    "attention": attention,
    **dict.fromkeys(CELLS, recurrent_from),
}
