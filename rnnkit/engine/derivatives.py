"""The adjoints of NumPy's operations y = f(a, b, ...): functions from dL/dy to dL/da, dL/db, ...

Each takes dL/dy (here g), y, the operands and the function's options. It may return an array of the
shape that the operand was broadcast to, and returns a list for an operand that is a list.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnkit.models.activations import sigmoid

Array = np.ndarray
Adjoint = Callable[..., Any]


def _without_subnormals(g: Array) -> Array:
    """Zeros for numbers so small that their products would be subnormal, with which a processor
    takes a hundred times as long: a vanishing gradient reaches them far from the loss.
    """
    return np.where(np.abs(g) < 2**20 * np.finfo(g.dtype).tiny, g.dtype.type(0), g)


def _matmul_first(g: Array, y: Array, a: Array, b: Array) -> Array:
    g = _without_subnormals(g)
    if b.ndim == 1:
        return g[..., None] * b
    if b.ndim == 2:  # one product instead of one per row
        return (g.reshape(-1, g.shape[-1]) @ b.T).reshape(*g.shape[:-1], len(b))
    return g @ b.swapaxes(-1, -2)


def _matmul_second(g: Array, y: Array, a: Array, b: Array) -> Array:
    g = _without_subnormals(g)
    if b.ndim == 1:
        return (a * g[..., None]).reshape(-1, len(b)).sum(axis=0)
    if a.ndim == 1:
        return a[:, None] * g[..., None, :]
    if b.ndim == 2:  # one product again
        return a.reshape(-1, a.shape[-1]).T @ g.reshape(-1, g.shape[-1])
    return a.swapaxes(-1, -2) @ g


def _spread(g: Array, axis: Any, keepdims: bool) -> Array:
    """The gradient of a reduction over an axis, with that axis restored."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def _sum(
    g: Array, y: Array, a: Array, axis: Any = None, *, keepdims: bool = False, where: Any = True
) -> Array:
    return np.where(where, np.broadcast_to(_spread(g, axis, keepdims), a.shape), 0)


def _mean(
    g: Array, y: Array, a: Array, axis: Any = None, *, keepdims: bool = False, where: Any = True
) -> Array:
    counts = np.broadcast_to(where, a.shape).sum(axis=axis, keepdims=keepdims)
    return _sum(g / counts.astype(g.dtype), y, a, axis, keepdims=keepdims, where=where)


def _extreme(
    g: Array,
    y: Array,
    a: Array,
    axis: Any = None,
    *,
    keepdims: bool = False,
    where: Any = True,
    initial: Any = None,
) -> Array:
    """The adjoint of a maximum or minimum, shared by equal elements."""
    is_extreme = np.logical_and(a == _spread(y, axis, keepdims), where)
    count = np.maximum(is_extreme.sum(axis=axis, keepdims=True), 1)
    return np.where(is_extreme, _spread(g, axis, keepdims) / count.astype(g.dtype), 0)


def _power_second(g: Array, y: Array, a: Array, b: Array) -> Array:
    return g * y * np.log(np.where(a > 0, a, 1))


def _concatenate(g: Array, y: Array, parts: Sequence[Array], axis: int = 0) -> list[Array]:
    return np.split(g, np.cumsum([part.shape[axis] for part in parts])[:-1], axis=axis)


def _stack(g: Array, y: Array, parts: Sequence[Array], axis: int = 0) -> list[Array]:
    return list(np.moveaxis(g, axis, 0))


def _take_along_axis(g: Array, y: Array, a: Array, indices: Array, axis: int = -1) -> Array:
    whole, index = np.zeros(a.shape, g.dtype), list[Any](np.ogrid[tuple(map(slice, y.shape))])
    index[axis] = np.broadcast_to(indices, y.shape)
    np.add.at(whole, tuple(index), g)
    return whole


def _pad(g: Array, y: Array, a: Array, widths: Any, mode: str = "constant") -> Array:
    widths = np.broadcast_to(widths, (a.ndim, 2))
    return g[
        tuple(
            slice(before, before + size) for (before, _), size in zip(widths, a.shape, strict=True)
        )
    ]


def _sliding_windows(g: Array, y: Array, a: Array, width: int, axis: int) -> Array:
    """The adjoint of (..., steps - width + 1, ..., width) views of (..., steps, ...)."""
    whole = np.zeros(a.shape, g.dtype)
    steps = np.moveaxis(whole, axis, 0)
    for offset in range(width):
        steps[offset : offset + y.shape[axis]] += np.moveaxis(g[..., offset], axis, 0)
    return whole


def _transpose(g: Array, y: Array, a: Array, axes: Any = None) -> Array:
    return g.transpose(None if axes is None else np.argsort(axes))


def _cumsum(g: Array, y: Array, a: Array, axis: int) -> Array:
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


def _reshape(g: Array, y: Array, a: Array, *_: Any, **__: Any) -> Array:
    return g.reshape(a.shape)


def _same(g: Array, y: Array, a: Array, *_: Any, **__: Any) -> Array:
    return g


ADJOINTS: dict[str, tuple[Adjoint, ...]] = {
    # operators
    "+": (lambda g, y, a, b: g, lambda g, y, a, b: g),
    "-": (lambda g, y, a, b: g, lambda g, y, a, b: -g),
    "*": (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    "/": (lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b),
    "**": (lambda g, y, a, b: g * b * a ** (b - 1), _power_second),
    "@": (_matmul_first, _matmul_second),
    "dot": (_matmul_first, _matmul_second),
    "neg": (lambda g, y, a: -g,),
    # elementwise
    "absolute": (lambda g, y, a: g * np.sign(a),),
    "arctan": (lambda g, y, a: g / (1 + a * a),),
    "clip": (lambda g, y, a, low, high: g * ((a >= low) & (a <= high)),),
    "cos": (lambda g, y, a: -g * np.sin(a),),
    "erf (vectorized)": (lambda g, y, a: (2 / math.sqrt(math.pi)) * g * np.exp(-a * a),),
    "exp": (lambda g, y, a: g * y,),
    "expm1": (lambda g, y, a: g * (y + 1),),
    "exponential": (lambda g, y, a: g * y,),
    "linear": (_same,),
    "log": (lambda g, y, a: g / a,),
    "log1p": (lambda g, y, a: g / (1 + a),),
    "logaddexp": (lambda g, y, a, b: g * np.exp(a - y), lambda g, y, a, b: g * np.exp(b - y)),
    "maximum": (lambda g, y, a, b: g * (a > b), lambda g, y, a, b: g * (a <= b)),
    "minimum": (lambda g, y, a, b: g * (a < b), lambda g, y, a, b: g * (a >= b)),
    "nan_to_num": (lambda g, y, a, **_: g * np.isfinite(a),),
    "reciprocal": (lambda g, y, a: -g * y * y,),
    "relu": (lambda g, y, a: g * (a > 0),),
    "sigmoid": (lambda g, y, a: g * y * (1 - y),),
    "sin": (lambda g, y, a: g * np.cos(a),),
    "softplus": (lambda g, y, a: g * sigmoid(a),),
    "sqrt": (lambda g, y, a: g / (2 * y),),
    "square": (lambda g, y, a: 2 * g * a,),
    "tanh": (lambda g, y, a: g * (1 - y * y),),
    "where": (
        lambda g, y, test, a, b: np.zeros(y.shape, g.dtype),
        lambda g, y, test, a, b: np.where(test, g, 0),
        lambda g, y, test, a, b: np.where(test, 0, g),
    ),
    # over an axis
    "cumsum": (_cumsum,),
    "max": (_extreme,),
    "mean": (_mean,),
    "min": (_extreme,),
    "softmax": (lambda g, y, a: y * (g - (g * y).sum(axis=-1, keepdims=True)),),
    "sum": (_sum,),
    # shapes
    "astype": (lambda g, y, a: g.astype(a.dtype) if a.dtype.kind == "f" else g,),
    "broadcast_to": (_same,),
    "concatenate": (_concatenate,),
    "expand_dims": (_reshape,),
    "flip": (lambda g, y, a, axis=None: np.flip(g, axis),),
    "pad": (_pad,),
    "ravel": (_reshape,),
    "reshape": (_reshape,),
    "roll": (lambda g, y, a, shift, axis=None: np.roll(g, -np.asarray(shift), axis),),
    "sliding_window_view": (_sliding_windows,),
    "squeeze": (_reshape,),
    "stack": (_stack,),
    "swapaxes": (lambda g, y, a, first, second: g.swapaxes(first, second),),
    "take_along_axis": (_take_along_axis,),
    "transpose": (_transpose,),
}
CONSTANT = {
    *("<", "<=", ">", ">=", "equal", "not_equal", "isfinite", "isnan", "logical_and"),
    *("logical_not", "logical_or", "argmax", "argmin", "sign", "floor", "ceil", "rint", "round"),
    *("zeros_like", "ones_like", "empty_like", "full_like", "ndim", "shape", "size"),
}
"""Operations whose derivative is zero wherever it exists."""
