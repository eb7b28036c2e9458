"""Processes that answer a series of questions: each is prepared once, by a function that it
imports, and can then be asked any number of times.

They are spawned, not forked, on every system, and read questions from their standard input, which
stays open. Once that is closed, by `close` or because the parent is gone, however it ended, they
end too, whatever they are doing. Ctrl-C is left to the parent.
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
from rnnkit.piped_process import PipedProcess, get_frame, put_frame, reserve_stdout

PROGRAM = "from rnnkit.worker_process import serve; serve()"
ANSWERED, FAILED = b"\1", b"\0"

Answer = Callable[[bytes], bytes]


class Worker(PipedProcess):
    """A process that answers questions.

    Args:
        prepare: A function of a module that the process can import; it returns the function that
            answers.
        inputs: The keyword arguments of `prepare`, picklable.
        settings: Environment variables that differ from this process's.

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
        """The process's id."""
        return self._process.pid

    def ask(self, question: bytes) -> bytes | None:
        """The answer to a question; None if the process failed, or is gone."""
        self._put(question)
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # closed by another thread
            frame = get_frame(self._process.stdout)
            self.is_gone = not frame
            return frame[1:] if frame[:1] == ANSWERED else None
        self.is_gone = True
        return None


def serve() -> None:
    """The process's main function: answers questions until its standard input is closed."""
    progress.SECONDS_BETWEEN_LINES = float("inf")  # the parent reports the progress of all
    answers = reserve_stdout()
    waiting: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, waiting), daemon=True).start()
    prepare, inputs = pickle.loads(waiting.get())
    answer: Answer = prepare(**inputs)
    while True:
        question = waiting.get()
        try:
            frame = ANSWERED + answer(question)
        except Exception:  # the parent answers the question itself, and meets the same error
            frame = FAILED
        put_frame(answers, frame)


def _listen(questions: BinaryIO, waiting: SimpleQueue[bytes]) -> None:
    """Queues questions, and ends this process once its standard input is closed."""
    while question := get_frame(questions):
        waiting.put(question)
    os._exit(1)
