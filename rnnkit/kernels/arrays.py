"""Arrays as the library reads them: contiguous, of the shape and the range that it relies on."""

from __future__ import annotations

import numpy as np

from rnnkit.kernels.layer import Array


def floats(array: Array, shape: tuple[int, ...]) -> Array:
    """Float32 numbers of this shape.

    Raises:
        ValueError: If the shape is another.
    """
    return _contiguous(array, shape, np.float32)


def whole(numbers: Array, shape: tuple[int, ...], below: int) -> Array:
    """Whole numbers from 0 on, below a bound, as int32.

    Raises:
        ValueError: If the shape is another, or a number is out of range.
    """
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < below:
        raise ValueError(f"numbers must be from 0 to {below - 1}")
    return _contiguous(numbers, shape, np.int32)


def pointer(array: Array) -> int:
    """The address of the first number."""
    return array.ctypes.data


def _contiguous(array: Array, shape: tuple[int, ...], dtype: type[np.generic]) -> Array:
    if array.shape != shape:
        raise ValueError(f"found the shape {array.shape}, expected {shape}")
    return np.ascontiguousarray(array, dtype)
