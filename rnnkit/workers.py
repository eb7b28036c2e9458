"""Processes that answer one question after the other: each is prepared once, by a function that it
imports, and asked as often as one likes.

They are started anew, not forked, the same way on every system, and read questions from their
standard input, which stays open: once that is closed, by `close` or because the process at its
other end is gone, however it ended, they end too, whatever they are doing. Ctrl-C is left to that
process.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import IO, BinaryIO

from rnnkit import progress
from rnnkit.background import LENGTH_BYTES, started

PROGRAM = "from rnnkit.workers import serve; serve()"
ANSWERED, FAILED = b"\1", b"\0"

Answer = Callable[[bytes], bytes]


class Worker:
    """A process that answers.

    Args:
        prepare: A function of a module that the process can import; what it returns answers.
        inputs: Its keyword arguments, which can be pickled.
        settings: Variables of the process' environment that are other than here.

    Raises:
        OSError: If no process can be started.
    """

    def __init__(
        self,
        prepare: Callable[..., Answer],
        inputs: Mapping[str, object],
        settings: Mapping[str, str],
    ):
        content = pickle.dumps((prepare, dict(inputs)))
        self.is_gone = False
        self._process = started(PROGRAM, settings)
        self._put(content)

    @property
    def process_id(self) -> int:
        """The number of the process."""
        return self._process.pid

    def ask(self, question: bytes) -> bytes | None:
        """Its answer; None where the process failed, or is gone."""
        self._put(question)
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile
            frame = _frame(self._process.stdout)
            self.is_gone = not frame
            return frame[1:] if frame[:1] == ANSWERED else None
        self.is_gone = True
        return None

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
            self._process.stdin.write(len(content).to_bytes(LENGTH_BYTES, "big"))
            self._process.stdin.write(content)
            self._process.stdin.flush()


def serve() -> None:
    """What the process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    progress.SECONDS_BETWEEN_LINES = float("inf")  # who asks says how far all of it has come
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    waiting: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, waiting), daemon=True).start()
    prepare, inputs = pickle.loads(waiting.get())
    answer: Answer = prepare(**inputs)
    while True:
        question = waiting.get()
        try:
            frame = ANSWERED + answer(question)
        except Exception:  # who asks finds out why, by answering itself
            frame = FAILED
        answers.write(len(frame).to_bytes(LENGTH_BYTES, "big"))
        answers.write(frame)
        answers.flush()


def _listen(questions: BinaryIO, waiting: SimpleQueue[bytes]) -> None:
    """Reads questions, and ends this process when nobody asks any more."""
    while question := _frame(questions):
        waiting.put(question)
    os._exit(1)


def _frame(file: IO[bytes]) -> bytes:
    """What was sent as a whole; b"" where that was not."""
    size = int.from_bytes(file.read(LENGTH_BYTES), "big")
    content = file.read(size)
    return content if len(content) == size else b""
