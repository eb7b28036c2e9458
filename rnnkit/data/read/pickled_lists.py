"""Pickles of lists of numbers, as NumPy writes arrays of them: nothing but lists and numbers comes
out, no code runs, and memory stays in proportion to the pickle.
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
"""Opcodes whose argument has its length before it: how many bytes that length has."""


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
"""As many opcodes as follow that reserve no memory; most numbers first."""


def read_pickled_lists(content: bytes) -> Any:
    """What a pickled array of lists holds.

    Raises:
        pickle.UnpicklingError: If it is damaged, or names anything but NumPy's arrays; damage may
            raise nearly any other exception too.
    """
    _require_small_memo(content)
    array = _ListsOnly(io.BytesIO(content), encoding="latin1").load()
    return array.content if isinstance(array, _Array) else None


def _require_small_memo(content: bytes) -> None:
    """The unpickler reserves 16 bytes for each place up to the largest that a pickle names: a
    damaged name may ask for 64 GB.
    """
    position = 0
    while match := _HARMLESS.match(content, position):
        position = match.end()
        code = content[position : position + 1]
        if code == _LONG_BINPUT:
            place = int.from_bytes(content[position + 1 : position + 5], "little")
            if place > len(content):
                raise pickle.UnpicklingError(f"it names object {place:,}")
            position += 5
        elif code in _PREFIXED:
            start = position + 1 + _PREFIXED[code]
            position = start + int.from_bytes(content[position + 1 : start], "little")
        else:  # its end, or what no pickle holds
            return


class _Array:
    """Replaces an array or its type while a pickle is read, so that not even NumPy gets what the
    pickle says but for the list in it.
    """

    content: Any = None

    def __init__(self, *described: Any):
        pass

    def __setstate__(self, state: Any) -> None:
        self.content = state[-1]


class _ListsOnly(pickle.Unpickler):
    """Makes lists and numbers; refuses every name that a pickle may call but for those of NumPy's
    arrays, for which it has a dummy.
    """

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in _ARRAY_NAMES:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return _Array
