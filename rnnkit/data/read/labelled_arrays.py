"""Labels of sequences of numbers in plain arrays: one per sequence, or one per step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnkit.data.formats.sequences import AXES, OPTIONAL
from rnnkit.data.raw.label_names import label_name
from rnnkit.data.raw.labelled import Examples
from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted


def labelled_arrays(
    sequences: Sequence[np.ndarray],
    arrays: Mapping[str, np.ndarray],
    source: str,
    *,
    each_step: bool,
    kept: Sequence[str] = (),
) -> Examples:
    """Combines sequences with the labels in `y`.

    Args:
        sequences: Each (timesteps, features) float32.
        arrays: `x` and `y`; optionally `names` for numeric labels, `lengths` or `offsets` if the
            lengths are unequal, and the arrays in `kept`.
        source: The name of the data in messages.
        each_step: Whether each step has a label, or each sequence.
        kept: Further arrays, with a value for each sequence.

    Raises:
        RnnkitError: If the shapes or types of the arrays do not fit together.
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    is_ragged = any(key in arrays for key in OPTIONAL)
    y = _real_labels(arrays["y"], lengths, each_step=each_step, is_ragged=is_ragged)
    if y is None:
        raise _wrong_shape(source, arrays, lengths, each_step=each_step, is_ragged=is_ragged)
    labels = _label_names(y, arrays.get("names"), source).tolist()
    ends = np.cumsum(lengths if each_step else np.ones(len(lengths), np.int64)).tolist()
    return Examples(
        sequences,
        [tuple(labels[start:end]) for start, end in zip([0, *ends], ends, strict=False)],
        lambda index: f"{source}: x[{index}]",
        columns={name: _column(arrays[name], name, len(sequences), source) for name in kept},
    )


def _real_labels(
    y: np.ndarray, lengths: np.ndarray, *, each_step: bool, is_ragged: bool
) -> np.ndarray | None:
    """The label of each sequence, or of each step, end to end; None if `y` has another shape."""
    if not each_step:
        return y if y.shape == lengths.shape else None
    if is_ragged and y.shape == (lengths.sum(),):
        return y
    has_room = y.ndim == 2 and len(y) == len(lengths) and y.shape[1] >= lengths.max()
    if not has_room or (not is_ragged and y.shape[1] > lengths.max()):
        return None
    return np.asarray(y[np.arange(y.shape[1]) < lengths[:, None]])


def _wrong_shape(
    source: str,
    arrays: Mapping[str, np.ndarray],
    lengths: np.ndarray,
    *,
    each_step: bool,
    is_ragged: bool,
) -> RnnkitError:
    y, samples, longest = arrays["y"], len(lengths), int(lengths.max())
    shape = (samples, longest) if each_step else (samples,)
    expected = f"Expected ({', '.join(AXES[: len(shape)])}) = {shape}"
    if each_step and is_ragged:
        expected += f", or all {counted(int(lengths.sum()), 'step')} end to end"
    other = _real_labels(y, lengths, each_step=not each_step, is_ragged=is_ragged) is not None
    hint = ""
    if other and each_step:
        hint = "One label per sequence: `task: classification`"
    elif other:
        hint = "One label per step: `task: tagging`"
    got = f"{source}: y has the shape {y.shape}, x {arrays['x'].shape}"
    return RnnkitError("", got, expected, hint)


def _column(array: np.ndarray, name: str, samples: int, source: str) -> list[Any]:
    """A further array, with a value for each sequence."""
    if array.shape != (samples,):
        got = f"{source}: {name} has the shape {array.shape}"
        raise RnnkitError("", got, f"Expected ({AXES[0]},) = ({samples},)")
    return list(array.tolist())


def _label_names(y: np.ndarray, names: Any, source: str) -> np.ndarray:
    """The names of labels, in the shape of `y`."""
    if y.dtype.kind not in "Ubuif" or (y.dtype.kind == "f" and not _are_whole(y)):
        raise RnnkitError(
            "",
            f"{source}: y holds {y.dtype} that are not whole numbers",
            "Expected labels: whole numbers or text",
        )
    if names is None or y.dtype.kind == "U":
        distinct, indices = np.unique(y, return_inverse=True)
        return np.array([label_name(label) for label in distinct])[indices].reshape(y.shape)
    if names.ndim != 1 or names.dtype.kind != "U" or len(set(names.tolist())) < len(names):
        raise RnnkitError(
            "",
            f"{source}: names has the shape {names.shape} and holds {names.dtype}",
            "Expected different texts, one per label",
        )
    if y.min() < 0 or y.max() >= len(names):
        raise RnnkitError(
            "",
            f"{source}: y goes from {int(y.min())} to {int(y.max())}, but"
            f" {counted(len(names), 'name is', 'names are')} there",
            "Expected a name for each",
        )
    return np.asarray(names[y.astype(np.int64)])


def _are_whole(y: np.ndarray) -> bool:
    return bool((np.isfinite(y) & (np.trunc(y) == y)).all())
