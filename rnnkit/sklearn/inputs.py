"""Reads and checks X: texts, or sequences of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from rnnkit.config.mistakes import shown
from rnnkit.quantities import counted

Texts = list[str]
Sequences = list[np.ndarray]

INPUTS = "Expected texts, or an array (samples, timesteps, features)"


def read_inputs(estimator: BaseEstimator, X: Any, *, reset: bool) -> Texts | Sequences:  # noqa: N803
    """The samples of X.

    Args:
        estimator: The estimator: with `reset` it stores the number of features, else requires it.
        X: Texts in a list, an array or a column; or numbers: an array (samples, timesteps,
            features), one (samples, timesteps) with one number per step, or a list of sequences of
            any lengths.
        reset: Whether the estimator is being fitted.

    Returns:
        Texts, or arrays (timesteps, features).

    Raises:
        ValueError: If they are neither, or the number of features differs.
    """
    require_samples(X, INPUTS)
    if not hasattr(X, "shape") and hasattr(X, "__array__"):
        X = np.asarray(X)  # noqa: N806
    texts = _texts(X)
    if texts is not None:
        return texts
    if isinstance(X, list | tuple) and not all(map(np.isscalar, X)):
        if _is_uneven(X):
            return [_sequence(values, index) for index, values in enumerate(X)]
        X = np.asarray(X)  # noqa: N806
    if isinstance(X, np.ndarray) and X.ndim == 3:
        return list(check_array(X, allow_nd=True, input_name="X"))
    try:
        array = np.asarray(validate_data(estimator, X, reset=reset, dtype="numeric"), float)
    except (TypeError, ValueError) as error:
        _refuse_words(X, error)
        raise
    return list(array[:, :, None])


def require_samples(X: Any, expected: str) -> None:  # noqa: N803
    """Checks that X is a collection of samples.

    Args:
        X: The argument.
        expected: The message about what the estimator reads.

    Raises:
        ValueError: If it is one text, a generator, a mapping, or empty.
        TypeError: If it is sparse.
    """
    if isinstance(X, str | bytes):
        raise ValueError(f"X is one text: {X[:40]!r}. Expected a list of them: [X]")
    if hasattr(X, "toarray"):
        hint = "An RNN reads texts themselves, without a vectorizer; of numbers pass X.toarray()"
        raise TypeError(f"X is sparse data of the shape {X.shape}. {expected}. {hint}")
    is_scalar = getattr(X, "shape", None) == ()
    if (
        isinstance(X, Mapping | set)
        or is_scalar
        or not (hasattr(X, "__len__") or hasattr(X, "__array__"))
    ):
        hint = ". Write list(X)" if isinstance(X, Iterator) else ""
        raise ValueError(f"X is {_shown(X)}. {expected}{hint}")
    if isinstance(X, Sequence) and not len(X):
        raise ValueError(f"X is empty: it has 0 samples. {expected}")


def _texts(X: Any) -> Texts | None:  # noqa: N803
    """X as texts; None if it has none."""
    shape: tuple[int, ...] = getattr(X, "shape", ()) or (len(X),)
    if len(shape) == 2 and shape[1] == 1:
        X = np.asarray(X)[:, 0]  # noqa: N806
    elif len(shape) > 1:
        return None
    texts = list(X)
    if not any(isinstance(text, str | bytes) or _is_tokens(text) for text in texts):
        return None
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            hint = ". Join its tokens: ' '.join(tokens)" if _is_tokens(text) else ""
            raise ValueError(f"X[{index}] is {_shown(text)}. Expected a text{hint}")
    return list(map(str, texts))


def _refuse_words(table: Any, error: Exception) -> None:
    """Refuses a table with a column that is not numeric.

    Raises:
        ValueError: If there is one, with its name.
    """
    for name in getattr(table, "columns", ()):
        column = np.asarray(table[name])
        try:
            is_numbers = column.dtype.kind not in "Mm" and np.asarray(column, float).size > 0
        except (TypeError, ValueError):
            is_numbers = False
        if not is_numbers:
            got = (
                f"X has {counted(len(table.columns), 'column')}, and {name!r} is not one of numbers"
            )
            expected = f"Expected one column of texts, such as X[{name!r}], or numbers alone"
            raise ValueError(f"{got}. {expected}") from error


def _is_tokens(value: object) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(token, str) for token in value)


def is_missing(value: object) -> bool:
    """Whether a value is None, NaN, or missing for pandas."""
    is_itself = value == value
    return value is None or not (isinstance(is_itself, bool | np.bool_) and bool(is_itself))


def require_all(values: Iterable[object], name: str, expected: str) -> None:
    """Refuses missing values.

    Raises:
        ValueError: If there is one, with its index.
    """
    if place := next((f"[{i}]" for i, value in enumerate(values) if is_missing(value)), ""):
        raise ValueError(f"{name}{place} is missing. {expected}, or drop its sample")


def _is_uneven(sequences: Sequence[Any]) -> bool:
    """Whether sequences are separate arrays, or have unequal lengths."""
    if all(isinstance(sequence, np.ndarray) for sequence in sequences):
        return True
    lengths = {len(values) if hasattr(values, "__len__") else None for values in sequences}
    return len(lengths) > 1


def _sequence(values: Any, index: int) -> np.ndarray:
    """A sequence as an array (timesteps, features).

    Raises:
        ValueError: If it is not one.
    """
    name = f"X[{index}]"
    try:
        array = np.asarray(values, None if isinstance(values, np.ndarray) else float)
    except (TypeError, ValueError):
        got = f"{name} is {_shown(values)}"
        raise ValueError(f"{got}. Expected numbers, with the same features at each step") from None
    if array.ndim not in (1, 2) or not len(array):
        got = f"{name} has the shape {array.shape}"
        raise ValueError(f"{got}. Expected (timesteps, features), with at least one step")
    array = check_array(array[:, None] if array.ndim == 1 else array, input_name=name)
    return np.asarray(array)


def _shown(value: object) -> str:
    return "None" if value is None else shown(value)
