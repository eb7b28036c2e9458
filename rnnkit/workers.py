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
import sys
import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import BinaryIO

from rnnkit import progress
from rnnkit.piped import Piped, answers_alone, get_frame, put_frame

PROGRAM = "from rnnkit.workers import serve; serve()"
ANSWERED, FAILED = b"\1", b"\0"

Answer = Callable[[bytes], bytes]


class Worker(Piped):
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
        super().__init__(PROGRAM, settings)
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
            frame = get_frame(self._process.stdout)
            self.is_gone = not frame
            return frame[1:] if frame[:1] == ANSWERED else None
        self.is_gone = True
        return None


def serve() -> None:
    """What the process does."""
    progress.SECONDS_BETWEEN_LINES = float("inf")  # who asks says how far all of it has come
    answers = answers_alone()
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
        put_frame(answers, frame)


def _listen(questions: BinaryIO, waiting: SimpleQueue[bytes]) -> None:
    """Reads questions, and ends this process when nobody asks any more."""
    while question := get_frame(questions):
        waiting.put(question)
    os._exit(1)
