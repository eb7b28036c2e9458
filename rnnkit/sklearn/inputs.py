"""What the estimators read: texts, or sequences of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

Texts = list[str]
Sequences = list[np.ndarray]


def read_inputs(estimator: BaseEstimator, X: Any, *, reset: bool) -> Texts | Sequences:  # noqa: N803
    """The samples of X.

    Args:
        estimator: Which learns the number of features where `reset`, and else requires it.
        X: Texts in a list, an array or a column; or numbers: an array (samples, timesteps,
            features), one (samples, timesteps) with one number per step, or a list of arrays of any
            lengths.
        reset: Whether it is fitted.

    Returns:
        Texts, or arrays (timesteps, features).

    Raises:
        ValueError: If they are neither, or have other features.
    """
    texts = _texts(X)
    if texts is not None:
        return texts
    if isinstance(X, list | tuple) and len(X) and all(isinstance(one, np.ndarray) for one in X):
        return [_sequence(one) for one in X]
    if isinstance(X, np.ndarray) and X.ndim == 3:
        return list(check_array(X, allow_nd=True))
    array = validate_data(estimator, X, reset=reset, dtype="numeric")
    return list(np.asarray(array, float)[:, :, None])


def _texts(X: Any) -> Texts | None:  # noqa: N803
    """None where they are none."""
    if isinstance(X, str):
        raise ValueError(f"X is one text: {X[:40]!r}. Expected a list of texts")
    if getattr(X, "ndim", 1) == 2 and getattr(X, "shape", (0, 0))[1] == 1:
        X = np.asarray(X)[:, 0]  # noqa: N806
    if getattr(X, "ndim", 1) != 1 or (not isinstance(X, Sequence) and not hasattr(X, "ndim")):
        return None
    texts = list(X)
    if not texts or not isinstance(texts[0], str):
        return None
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"X[{index}] is {text!r}. Expected a text")
    return list(map(str, texts))


def _sequence(values: np.ndarray) -> np.ndarray:
    array = check_array(values[:, None] if values.ndim == 1 else values)
    return np.asarray(array)
