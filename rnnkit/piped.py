"""Processes of Python's that are spoken to by their standard input and output, in frames: a length,
and as many bytes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import subprocess

LENGTH_BYTES = 8
PIPE_BYTES = 1 << 20
"""What a pipe holds, where the system lets one choose: who reads 64 KB at a time gives the
interpreter up as often to a thread that imports a framework.
"""


def runs_beside() -> bool:
    """Whether another process would do its work while this one does its own."""
    return (os.cpu_count() or 1) > 1 and not getattr(sys, "frozen", False)


class Piped:
    """A process that runs a program and imports what this one does; what it says on stderr is lost.

    Args:
        program: Its source.
        settings: Variables of its environment that are other than here.

    Raises:
        OSError: If it cannot be started.
    """

    def __init__(self, program: str, settings: Mapping[str, str] | None = None):
        import subprocess

        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=PIPE_BYTES,
            env=os.environ | path | dict(settings or {}),
        )

    def close(self) -> None:
        """Ends the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _put(self, content: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it is gone, or closed meanwhile
            put_frame(self._process.stdin, content)


def put_frame(file: IO[bytes], content: bytes) -> None:
    """Sends it as a whole."""
    file.write(len(content).to_bytes(LENGTH_BYTES, "big"))
    file.write(content)
    file.flush()


def get_frame(file: IO[bytes]) -> bytes:
    """What was sent as a whole; b"" where that was not."""
    size = int.from_bytes(file.read(LENGTH_BYTES), "big")
    content = file.read(size)
    return content if len(content) == size else b""


def answers_alone() -> BinaryIO:
    """This process' standard output, to which from now on nothing else is written: what a library
    prints is no answer. Ctrl-C is left to the process at its other end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers
