"""Python processes that are spoken to through their standard input and output, in frames: a length
and that many bytes.
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
"""The capacity of a pipe, where the system lets one choose it: a reader of 64 KB pieces would hand
the GIL to a thread that imports a framework after each piece.
"""


def can_run_in_parallel() -> bool:
    """Whether a second process could run in parallel with this one."""
    return (os.cpu_count() or 1) > 1 and not getattr(sys, "frozen", False)


class PipedProcess:
    """A Python process with this one's import path; what it writes to stderr is discarded.

    Args:
        program: The source that it runs.
        settings: Environment variables that differ from this process's.

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
        """Kills the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _put(self, content: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # the process is gone, or was closed
            put_frame(self._process.stdin, content)


def put_frame(file: IO[bytes], content: bytes) -> None:
    """Writes a frame."""
    file.write(len(content).to_bytes(LENGTH_BYTES, "big"))
    file.write(content)
    file.flush()


def get_frame(file: IO[bytes]) -> bytes:
    """The content of the next frame; b"" if it is incomplete."""
    size = int.from_bytes(file.read(LENGTH_BYTES), "big")
    content = file.read(size)
    return content if len(content) == size else b""


def reserve_stdout() -> BinaryIO:
    """This process's standard output, reserved for answers: what libraries print goes to stderr
    from now on. Ctrl-C is left to the parent process.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers
