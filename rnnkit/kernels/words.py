"""Words to the ids of a vocabulary."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rnnkit.kernels.layer import Array
from rnnkit.kernels.library import load

SPACE, LETTER, JOINER, MARK = range(4)
"""What a byte is, `enum rnnkit_byte` of src/words.h: a word is letters, with single joiners between
two of them; a mark is a word of its own."""


class Bytes(NamedTuple):
    """How bytes make words.

    Args:
        written: (256,) each byte as the vocabulary has it.
        classes: (256,) SPACE, LETTER, JOINER or MARK, of the byte after `written`.
        marks: Whether a joiner outside words is a mark; else it is a space.
    """

    written: bytes
    classes: bytes
    marks: bool


class _Vocabulary(ctypes.Structure):
    """`rnnkit_vocabulary` of src/words.h."""

    _fields_ = [
        ("count", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("words", "ends", "ids")),
        *((name, ctypes.c_char_p) for name in ("written", "classes")),
        *((name, ctypes.c_int32) for name in ("unknown", "marks")),
    ]


class Words:
    """A vocabulary to look the words of texts up in.

    Args:
        vocabulary: Each word's id.
        unknown: The id of other words.
        by: How bytes make words.
    """

    def __init__(self, vocabulary: Mapping[str, int], unknown: int, by: Bytes):
        self._library = load()
        words = [word.encode("utf-8", "surrogatepass") for word in vocabulary]
        joined = np.frombuffer(b"".join(words) or b"\0", np.uint8)
        ends = np.cumsum([len(word) for word in words], dtype=np.int64)
        ids = np.array(list(vocabulary.values()), np.int32)
        pointers = (array.ctypes.data for array in (joined, ends, ids))
        structure = _Vocabulary(len(words), *pointers, by.written, by.classes, unknown, by.marks)
        self._handle = self._library.rnnkit_words_new(ctypes.byref(structure))
        if not self._handle:
            raise MemoryError
        weakref.finalize(self, self._library.rnnkit_words_free, self._handle)

    def encode(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """The ids of texts, one text after the other, int32, and how many each has."""
        encoded = [one.encode() for one in texts]
        text = np.frombuffer(bytearray().join(encoded), np.uint8)
        ends = np.cumsum([len(one) for one in encoded], dtype=np.int64)
        ids, counts = np.empty(len(text), np.int32), np.empty(len(texts), np.int64)
        self._library.rnnkit_words_encode(
            self._handle,
            *(text.ctypes.data, ends.ctypes.data, len(texts)),
            *(ids.ctypes.data, counts.ctypes.data),
        )
        return ids[: counts.sum()], counts
