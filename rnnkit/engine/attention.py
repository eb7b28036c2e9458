"""Attention in NumPy: a layer whose state is the encoder's memory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnkit.architecture import Layer
from rnnkit.models.activations import softmax
from rnnkit.models.layers.attention import Attention

Array = np.ndarray
Weights = Mapping[str, Array]
State = tuple[Array, ...]


def remember(memory: Array, lengths: Array, weights: Weights) -> State:
    """Attention's initial state: the memory, its keys, which of its steps are padding, and the
    attention weights of the last steps, none so far.
    """
    is_padding = np.arange(memory.shape[1]) >= lengths[:, None]
    return (
        memory,
        memory @ weights["keys/kernel"] + weights.get("keys/bias", np.float32(0)),
        is_padding,
        np.empty((len(memory), 0, memory.shape[1]), np.float32),
    )


def attention(x: Array, state: State, weights: Weights, layer: Layer) -> tuple[Array, State]:
    assert isinstance(layer.spec, Attention)
    memory, keys, is_padding, _ = state
    if layer.spec.score == "multiplicative":
        scores = x @ keys.swapaxes(1, 2)
    else:
        query = x @ weights["query/kernel"]
        scores = (np.tanh(query[:, :, None] + keys[:, None]) @ weights["score/kernel"])[..., 0]
    # (batch, timesteps, source timesteps)
    shares = softmax(np.where(is_padding[:, None], -np.inf, scores))
    attended = np.tanh(np.concatenate([shares @ memory, x], axis=-1) @ weights["output/kernel"])
    return attended, (memory, keys, is_padding, shares)
