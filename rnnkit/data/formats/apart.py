"""A large table of text that another process reads: while a framework is imported, the threads of
this one have the interpreter by turns, and reading would take as much longer as the import.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
from collections.abc import Generator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rnnkit import process
from rnnkit.data.formats.block import Block
from rnnkit.piped_process import (
    PipedProcess,
    can_run_in_parallel,
    get_frame,
    put_frame,
    reserve_stdout,
)
from rnnkit.storage.reading import is_handed_on

if TYPE_CHECKING:
    from rnnkit.data.formats.format import Format

LARGE_BYTES = 4_000_000  # of a file; a smaller one is read before a process has started
PROGRAM = "from rnnkit.data.formats.apart import send; send()"
END = pickle.dumps(None)


def pays(kind: Format, path: Path | None, size: int) -> bool:
    """Whether another process would have read a file sooner.

    Args:
        kind: Its format; that of a user is not known to other processes.
        path: The file; None for standard input.
        size: Its bytes.
    """
    return (
        process.is_importing()
        and size >= LARGE_BYTES
        and kind.is_text
        and type(kind).__module__.startswith("rnnkit.")
        and path is not None
        and not is_handed_on(path)
        and can_run_in_parallel()
    )


def by_another(
    kind: Format, path: Path | None, own: Generator[Block, None, None]
) -> Generator[Block, None, None]:
    """The blocks of a file, read by another process. What it cannot read is read here, so that what
    is wrong with the file is said as always.

    Args:
        kind: The format of the file.
        path: The file.
        own: The same blocks, read by this process.
    """
    count = 0
    with contextlib.suppress(OSError), contextlib.closing(_Reader(kind, path)) as reader:
        while frame := reader.next():
            if frame == END:
                return
            yield pickle.loads(frame)
            count += 1
    yield from islice(own, count, None)


class _Reader(PipedProcess):
    """The process at its other end."""

    def __init__(self, kind: Format, path: Path | None):
        super().__init__(PROGRAM)
        self._put(pickle.dumps((kind, path)))

    def next(self) -> bytes:
        """The next block, or `END`; b"" if the process is gone."""
        assert self._process.stdout is not None
        return get_frame(self._process.stdout)


def send() -> None:
    """What the other process does: reads a file, and writes its blocks."""
    answers = reserve_stdout()
    kind, path = pickle.loads(get_frame(sys.stdin.buffer))
    for block in kind.read(path).blocks():
        put_frame(answers, pickle.dumps(block, pickle.HIGHEST_PROTOCOL))
    put_frame(answers, END)
