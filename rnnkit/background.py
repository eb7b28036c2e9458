"""A function called in a process of its own, in the background: where that fails or is killed,
nothing is lost but its result.

The process reads what to compute from its standard input, which stays open: once that is closed, by
`close` or because the process at its other end is gone, however it ended, this one ends too. It
steps back behind the training, and leaves Ctrl-C to it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.platform.processes import step_back
from rnnkit.storage import npz_bytes, read_npz

if TYPE_CHECKING:
    import subprocess

PROGRAM = "from rnnkit.background import answer; answer()"
LENGTH_BYTES = 8
NICENESS = 5


def started(program: str, settings: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """A process of Python's that runs a program, imports what this one does, and is spoken to by
    its standard input and output; what it says on stderr is lost.

    Args:
        program: Its source.
        settings: Variables of its environment that are other than here.

    Raises:
        OSError: If it cannot be started.
    """
    import subprocess

    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | path | dict(settings or {}),
    )


class BackgroundCall:
    """A call in another process.

    Args:
        function: A function of a module that the other process can import.
        inputs: Its keyword arguments, which can be pickled.

    Raises:
        OSError: If no process can be started.
    """

    def __init__(
        self, function: Callable[..., dict[str, np.ndarray]], inputs: Mapping[str, object]
    ):
        content = pickle.dumps((function, dict(inputs)))
        self._process = started(PROGRAM)
        threading.Thread(target=self._send, args=(content,), daemon=True).start()

    def result(self) -> dict[str, np.ndarray] | None:
        """Waits for what the function returns; None where the process failed or was killed."""
        assert self._process.stdout is not None
        try:
            return read_npz(self._process.stdout.read(), "another process")
        except RnnkitError:
            return None
        finally:
            self.close()

    def close(self) -> None:
        """Ends the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _send(self, content: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it is gone, or closed meanwhile
            self._process.stdin.write(len(content).to_bytes(LENGTH_BYTES, "big"))
            self._process.stdin.write(content)
            self._process.stdin.flush()


def answer() -> None:
    """What the other process does: reads a call, writes the arrays that it returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    step_back(NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    questions: BinaryIO = sys.stdin.buffer
    size = int.from_bytes(questions.read(LENGTH_BYTES), "big")
    content = questions.read(size)
    if len(content) < max(size, 1):
        return
    threading.Thread(target=_end_with, args=(questions,), daemon=True).start()
    function, inputs = pickle.loads(content)
    del content
    with answers:
        answers.write(npz_bytes(function(**inputs)))
    os._exit(0)  # the thread that reads its input would delay a usual end


def _end_with(questions: BinaryIO) -> None:
    """Ends this process when nobody waits for it any more."""
    questions.read(1)
    os._exit(1)
