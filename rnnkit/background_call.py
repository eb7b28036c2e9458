"""A function called in a background process: if that fails or is killed, only its result is lost.

The process reads the call from its standard input, which stays open. Once that is closed, by
`close` or because the parent is gone, however it ended, the process ends too. It runs at a lower
priority than the training, and leaves Ctrl-C to it.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Mapping
from typing import BinaryIO

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.piped_process import PipedProcess, get_frame, reserve_stdout
from rnnkit.platform.processes import lower_priority
from rnnkit.storage import npz_bytes, read_npz

PROGRAM = "from rnnkit.background_call import answer; answer()"


class BackgroundCall(PipedProcess):
    """A call in another process.

    Args:
        function: A function of a module that the other process can import.
        inputs: Its keyword arguments, picklable.

    Raises:
        OSError: If no process can be started.
    """

    def __init__(
        self, function: Callable[..., dict[str, np.ndarray]], inputs: Mapping[str, object]
    ):
        content = pickle.dumps((function, dict(inputs)))
        super().__init__(PROGRAM)
        threading.Thread(target=self._put, args=(content,), daemon=True).start()

    def result(self) -> dict[str, np.ndarray] | None:
        """Waits for what the function returns; None if the process failed or was killed."""
        assert self._process.stdout is not None
        try:
            return read_npz(self._process.stdout.read(), "another process")
        except RnnkitError:
            return None
        finally:
            self.close()


def answer() -> None:
    """The other process's main function: reads a call, writes the arrays that it returns."""
    lower_priority()
    answers, questions = reserve_stdout(), sys.stdin.buffer
    content = get_frame(questions)
    if not content:
        return
    threading.Thread(target=_end_with, args=(questions,), daemon=True).start()
    function, inputs = pickle.loads(content)
    del content
    with answers:
        answers.write(npz_bytes(function(**inputs)))
    os._exit(0)  # a normal exit would wait for the thread that reads standard input


def _end_with(questions: BinaryIO) -> None:
    """Ends this process once its parent no longer waits for it."""
    questions.read(1)
    os._exit(1)
