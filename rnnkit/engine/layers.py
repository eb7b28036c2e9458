"""The stateless layers in NumPy.

Every function takes x (batch, timesteps, features), the layer's weights, the layer, and lengths
(batch,), at least 1: later steps are padding.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnkit.architecture import Layer
from rnnkit.engine.lengths import last_step
from rnnkit.models.activations import ACTIVATIONS, softmax
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.pool import Pool

Array = np.ndarray
Weights = Mapping[str, Array]


def embedding(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    return weights["embeddings"][x]


def one_hot(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    rows = np.zeros((*x.shape, layer.inputs[1] or 0), np.float32)
    np.put_along_axis(rows, x[..., None], 1.0, axis=-1)
    return rows


def unchanged(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    return x


def dense(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    assert isinstance(layer.spec, Dense)
    return ACTIVATIONS[layer.spec.activation](x @ weights["kernel"] + weights["bias"])


def conv(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    assert isinstance(layer.spec, Conv)
    width = layer.spec.width
    real = np.where((np.arange(x.shape[1]) < lengths[:, None])[..., None], x, np.float32(0))
    before = (width - 1) // 2
    around = np.pad(real, ((0, 0), (before, width - 1 - before), (0, 0)))
    # (batch, timesteps, features, width)
    windows = np.lib.stride_tricks.sliding_window_view(around, width, axis=1)
    # (features * width, filters)
    kernel = weights["kernel"].swapaxes(0, 1).reshape(-1, weights["kernel"].shape[-1])
    product = windows.reshape(*x.shape[:2], -1) @ kernel + weights["bias"]
    return ACTIVATIONS[layer.spec.activation](product)


def crf(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    emissions = x @ weights["kernel"] + weights["bias"]  # (batch, timesteps, labels)
    transitions, start = weights["transitions"][:-1], weights["transitions"][-1]
    first = (emissions[:, :1] + start)[:, :, None]  # (batch, 1, 1, labels)
    first = np.broadcast_to(first, (len(x), 1, *transitions.shape))  # the same for every row
    return np.concatenate([first, emissions[:, 1:, None] + transitions], axis=1)


def tied(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    return x @ weights["embeddings"].T


def pool(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    assert isinstance(layer.spec, Pool)
    mode = layer.spec.mode
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
