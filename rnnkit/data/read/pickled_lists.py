"""Safely reads pickled NumPy arrays of lists of numbers: only lists and numbers are created, no
code runs, and memory use is proportional to the size of the pickle.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import re
from typing import Any

_ARRAY_NAMES = (
    "numpy.ndarray",
    "numpy.dtype",
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
)
_STOP, _LONG_BINPUT = b".", b"r"
_LENGTH_BYTES = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
_PREFIXED = {
    opcode.code.encode("latin1"): _LENGTH_BYTES[opcode.arg.n]
    for opcode in pickletools.opcodes
    if opcode.arg and opcode.arg.n in _LENGTH_BYTES
}
"""The size in bytes of the length prefix of opcodes with a length-prefixed argument."""


def _pattern(opcode: pickletools.OpcodeInfo) -> bytes:
    code = re.escape(opcode.code.encode("latin1"))
    if opcode.arg is None:
        return code
    if opcode.arg.n == pickletools.UP_TO_NEWLINE:
        lines = 2 if opcode.arg is pickletools.stringnl_noescape_pair else 1
        return code + rb"[^\n]*\n" * lines
    return code + b".{%d}" % opcode.arg.n


_HARMLESS = re.compile(
    b"(?>%s)*+"
    % b"|".join(
        _pattern(opcode)
        for opcode in sorted(pickletools.opcodes, key=lambda opcode: opcode.code not in "KMJ")
        if opcode.code.encode("latin1") not in (_STOP, _LONG_BINPUT, *_PREFIXED)
    ),
    re.DOTALL,
)
"""A run of opcodes that do not reserve memory; those of numbers come first, for speed."""


def read_pickled_lists(content: bytes) -> Any:
    """Reads a pickled array of lists.

    Raises:
        pickle.UnpicklingError: If it is damaged, or names anything but NumPy's arrays; damage may
            raise almost any other exception as well.
    """
    _require_small_memo(content)
    array = _ListsOnly(io.BytesIO(content), encoding="latin1").load()
    return array.content if isinstance(array, _Array) else None


def _require_small_memo(content: bytes) -> None:
    """Checks the memo indices of a pickle: the unpickler reserves 16 bytes for each index up to the
    largest, so that a damaged one could request 64 GB.
    """
    position = 0
    while match := _HARMLESS.match(content, position):
        position = match.end()
        code = content[position : position + 1]
        if code == _LONG_BINPUT:
            index = int.from_bytes(content[position + 1 : position + 5], "little")
            if index > len(content):
                raise pickle.UnpicklingError(f"it names object {index:,}")
            position += 5
        elif code in _PREFIXED:
            start = position + 1 + _PREFIXED[code]
            position = start + int.from_bytes(content[position + 1 : start], "little")
        else:  # the end, or an invalid opcode
            return


class _Array:
    """Stands for NumPy's arrays and types while a pickle is read, and keeps only the list in it."""

    content: Any = None

    def __init__(self, *arguments: Any):
        pass

    def __setstate__(self, state: Any) -> None:
        self.content = state[-1]


class _ListsOnly(pickle.Unpickler):
    """An unpickler of lists and numbers; the names of NumPy's arrays resolve to `_Array`, all
    others are refused.
    """

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in _ARRAY_NAMES:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return _Array
