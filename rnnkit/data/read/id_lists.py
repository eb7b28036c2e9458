"""Reads texts as lists of word ids from an .npz file: pickled by keras, which is read without
running code, or in plain arrays.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from rnnkit.data.read.pickled_lists import read_pickled_lists
from rnnkit.errors import RnnkitError
from rnnkit.storage.arrays import Archive
from rnnkit.storage.damage import blaming
from rnnkit.storage.reading import open_file

PARTS = ("train", "test")
_FAULT = ("not IMDB reviews", "Expected lists of ids and labels", "Download it again")

Reviews = dict[str, tuple[Sequence[list[int]], np.ndarray]]
"""By part: lists of ids, and labels 0 or 1."""


def has_flat_arrays(path: Path) -> bool:
    """Whether an .npz file stores the lists in plain arrays."""
    try:
        with open_file(path) as file:
            return f"x_{PARTS[0]}_flat" in Archive(file, str(path)).names
    except (OSError, RnnkitError):
        return False


def read_flat(path: Path) -> Reviews:
    """Reads reviews from plain arrays: x_train_flat, all ids end to end, x_train_len, the number of
    ids of each review, and y_train; likewise for "test".

    Raises:
        RnnkitError: If the file is invalid.
    """
    parts: Reviews = {}
    with _arrays_in(path) as content_of:
        for part in PARTS:
            flat, lengths, labels = (
                _read_array(content_of(name))
                for name in (f"x_{part}_flat", f"x_{part}_len", f"y_{part}")
            )
            if lengths.sum() != len(flat):
                raise ValueError("ids and lengths do not fit together")
            parts[part] = [ids.tolist() for ids in np.split(flat, np.cumsum(lengths)[:-1])], labels
        return _checked(parts)


def read_keras_npz(path: Path) -> Reviews:
    """Reads reviews from keras' imdb.npz, whose lists of ids are pickled, without running code.

    Raises:
        RnnkitError: If it contains anything but lists of numbers.
    """
    with _arrays_in(path) as content_of:
        return _checked(
            {
                part: (
                    _read_lists(content_of(f"x_{part}")),
                    _read_array(content_of(f"y_{part}")),
                )
                for part in PARTS
            }
        )


@contextmanager
def _arrays_in(path: Path) -> Iterator[Callable[[str], bytes]]:
    """Opens an .npz file to read the bytes of its members; any error is reported as damage."""
    with (
        blaming(str(path), *_FAULT),
        open_file(path) as file,
    ):
        yield Archive(file, str(path), _FAULT).content


def _checked(parts: Reviews) -> Reviews:
    for reviews, labels in parts.values():
        if len(reviews) != len(labels) or not set(labels.tolist()) <= {0, 1}:
            raise ValueError("reviews and labels do not fit together")
    return parts


def _read_array(content: bytes) -> np.ndarray:
    return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)


def _read_lists(content: bytes) -> list[list[int]]:
    file = io.BytesIO(content)
    read_header = (
        np.lib.format.read_array_header_1_0
        if np.lib.format.read_magic(file) == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    _, _, dtype = read_header(file)
    if dtype.hasobject:
        lists = read_pickled_lists(content[file.tell() :])
    else:  # all reviews have the same length
        lists = _read_array(content).tolist()
    if not isinstance(lists, list) or not all(
        isinstance(ids, list) and all(isinstance(number, int) for number in ids) for ids in lists
    ):
        raise ValueError("it does not contain lists of numbers")
    return lists
