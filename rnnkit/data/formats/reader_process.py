"""Reads a large table of text in another process while this one imports a framework: reading in a
thread would compete with the import for the interpreter lock.
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

LARGE_BYTES = 4_000_000  # smaller files are read before another process has started
PROGRAM = "from rnnkit.data.formats.reader_process import send_blocks; send_blocks()"
END = pickle.dumps(None)


def is_worthwhile(kind: Format, path: Path | None, size: int) -> bool:
    """Whether another process would read a file faster.

    Args:
        kind: Its format; user-defined ones are not known to other processes.
        path: The file; None for standard input.
        size: Bytes of the file.
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


def read_in_process(
    kind: Format, path: Path | None, local: Generator[Block, None, None]
) -> Generator[Block, None, None]:
    """Reads the blocks of a file in another process. If that fails, the remaining blocks are read
    here, so that errors are reported as usual.

    Args:
        kind: The format of the file.
        path: The file.
        local: The same blocks, read by this process.
    """
    count = 0
    with contextlib.suppress(OSError), contextlib.closing(_Reader(kind, path)) as reader:
        while frame := reader.next():
            if frame == END:
                return
            yield pickle.loads(frame)
            count += 1
    yield from islice(local, count, None)


class _Reader(PipedProcess):
    """A process that reads a file and sends its blocks."""

    def __init__(self, kind: Format, path: Path | None):
        super().__init__(PROGRAM)
        self._put(pickle.dumps((kind, path)))

    def next(self) -> bytes:
        """The next pickled block, or `END`; b"" if the process has ended."""
        assert self._process.stdout is not None
        return get_frame(self._process.stdout)


def send_blocks() -> None:
    """The program of the other process: reads a file and writes its blocks to standard output."""
    answers = reserve_stdout()
    kind, path = pickle.loads(get_frame(sys.stdin.buffer))
    for block in kind.read(path).blocks():
        put_frame(answers, pickle.dumps(block, pickle.HIGHEST_PROTOCOL))
    put_frame(answers, END)
