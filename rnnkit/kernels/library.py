"""The compiled library: where it is, whether it runs here, how many threads it takes."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import struct
import sys
from functools import cache
from pathlib import Path

from rnnkit.errors import shortened
from rnnkit.platform.processes import processors
from rnnkit.progress import log

ABI = 9
"""The version of the structures in src/rnnkit.h, which calls.py, chains.py, rows.py and words.py
mirror.
"""

CURE = "install rnnkit again: where there is no C compiler, its build fetches the package `ziglang`"
"""The end of every reason why there is no library."""

SUFFIXES = {"darwin": ".dylib", "win32": ".dll"}
MAX_THREADS = 64
MOST_DIGITS, LONGEST_SHOWN = 9, 20  # of RNNKIT_THREADS
_LOADED = 1
"""The kind of ELF's segments that are mapped into memory."""
_PATH = Path(__file__).parent / f"librnnkit{SUFFIXES.get(sys.platform, '.so')}"


def path() -> Path:
    """Where scripts/build_kernels.py puts the library; beside it is the SHA-256 of its bytes."""
    return _PATH


class MissingLibrary(Exception):
    """There is no library that runs here; the message says why."""


def load() -> ctypes.CDLL:
    """The library.

    Raises:
        MissingLibrary: If there is none that runs here.
    """
    library = _load(path())
    if isinstance(library, str):
        raise MissingLibrary(library)
    return library


def why_missing() -> str:
    """Why there are no kernels here; "" if there are."""
    library = _load(path())
    return library if isinstance(library, str) else ""


def is_built() -> bool:
    """Whether there is a library, which need not run here."""
    return path().exists()


def is_available() -> bool:
    """Whether there are kernels here. A library that is there and does not run is named, once, and
    so is a wrong RNNKIT_THREADS: whoever asks is about to use them.
    """
    library = _load(path())
    if not isinstance(library, str):
        threads()
    elif is_built():
        _warn(f"without the compiled kernels: {library}")
    return not isinstance(library, str)


@cache
def _warn(remark: str) -> None:
    log.warning(remark)


@cache
def _load(file: Path) -> ctypes.CDLL | str:
    """The library, or why it cannot be used."""
    try:
        content = file.read_bytes()
        expected, *_ = file.with_suffix(".sha256").read_text(encoding="ascii").split()
    except FileNotFoundError as error:
        cause = "" if file.exists() else "rnnkit was installed without a C compiler; "
        return f"{error.filename} is missing: {cause}{CURE}"
    except OSError as error:
        return f"{error.filename} cannot be read ({error.strerror}): {CURE}"
    except ValueError:
        return f"{file.with_suffix('.sha256')} is damaged: {CURE}"
    # before it is loaded: code that is damaged ends the process
    if hashlib.sha256(content).hexdigest() != expected:
        return f"{file} is damaged: {CURE}"
    if _is_truncated(content):
        return f"{file} is truncated: {CURE}"
    try:
        library = ctypes.CDLL(str(file))
        found = int(library.rnnkit_abi())
        if found == ABI:
            _declare(library)
    except (OSError, AttributeError) as error:
        why = "it is for another processor" if _is_foreign(content) else error
        return f"{file} does not run here ({why}): {CURE}"
    if found != ABI:
        return f"{file} has another version ({found}, expected {ABI}): {CURE}"
    return library


def _declare(library: ctypes.CDLL) -> None:
    """Says what the calls take and give; an AttributeError is of one that is not there."""
    library.rnnkit_instruction_set.restype = ctypes.c_char_p
    library.rnnkit_instruction_set.argtypes = [ctypes.c_int64]
    library.rnnkit_use.argtypes = [ctypes.c_int64]
    for size in ("saved", "packed", "folded"):
        getattr(library, f"rnnkit_{size}_floats").restype = ctypes.c_int64
    library.rnnkit_pack.argtypes = [ctypes.c_void_p, ctypes.c_int64]
    rows = (library.rnnkit_cross_entropy, library.rnnkit_chain)
    for call in (library.rnnkit_forward, library.rnnkit_backward, *rows):
        call.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
    for call in (*rows, library.rnnkit_sum_rows):
        call.restype = None
    library.rnnkit_words_new.restype = ctypes.c_void_p
    library.rnnkit_words_free.argtypes = [ctypes.c_void_p]
    library.rnnkit_words_encode.restype = None
    library.rnnkit_words_encode.argtypes = [
        *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
        *(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p),
    ]
    library.rnnkit_sum_rows.argtypes = [ctypes.c_void_p, ctypes.c_int64]


def _is_truncated(content: bytes) -> bool:
    """Whether an ELF library ends before what its table of segments says is in it: the loader maps
    what is not there, and the first look at it ends the process. macOS and Windows look first.
    """
    if content[:6] != b"\x7fELF\x02\x01":  # of 64 bits, little-endian
        return False
    try:
        (table,) = struct.unpack_from("<Q", content, 32)
        size, count = struct.unpack_from("<HH", content, 54)
        segments = [
            struct.unpack_from("<I4xQ16xQ", content, table + size * i) for i in range(count)
        ]
    except struct.error:
        return True
    return any(
        kind == _LOADED and start + length > len(content) for kind, start, length in segments
    )


def _is_foreign(content: bytes) -> bool:
    """Whether an ELF library is for another processor than Python's own program: the loader then
    says of a file that is there that there is none.
    """
    try:
        with Path(sys.executable).open("rb") as program:
            own = program.read(20)
    except OSError:
        return False
    is_elf = own[:4] == content[:4] == b"\x7fELF"
    return is_elf and (own[4:6], own[18:20]) != (content[4:6], content[18:20])  # word size, machine


def instruction_sets() -> list[str]:
    """Those that this processor runs, fastest first, such as "avx2", "baseline"."""
    library = load()
    names = (library.rnnkit_instruction_set(index) for index in range(4))
    return [name.decode() for name in names if name]


def use(instruction_set: str) -> None:
    """Computes with this one of `instruction_sets` from here on."""
    load().rnnkit_use(instruction_sets().index(instruction_set))


def instruction_set() -> str:
    """The fastest instruction set that this processor runs, which is used unless `use` says
    otherwise.
    """
    return instruction_sets()[0]


def threads() -> int:
    """How many threads a call may take: RNNKIT_THREADS, else as many as there are processors. A
    wrong RNNKIT_THREADS is named, once, and counts as none.
    """
    if wrong := wrong_threads():
        _warn(f"RNNKIT_THREADS: {wrong}; every processor is used")
    text = os.environ.get("RNNKIT_THREADS", "").strip()
    if wrong or not text:
        return min(processors(), MAX_THREADS)
    return min(_number(text), MAX_THREADS)


def wrong_threads() -> str:
    """What is wrong with RNNKIT_THREADS; "" if nothing is."""
    text = os.environ.get("RNNKIT_THREADS", "").strip()
    most = max(processors(), MAX_THREADS)
    if not text or (re.fullmatch("0*[1-9][0-9]*", text) and _number(text) <= most):
        return ""
    return f"found {shortened(text, LONGEST_SHOWN)!r}, expected a whole number from 1 to {most}"


def _number(text: str) -> int:
    """The number that digits mean, or one above every sensible one: Python reads none of 5,000."""
    return int(text.lstrip("0")[:MOST_DIGITS])
