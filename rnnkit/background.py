"""A function called in a process of its own, in the background: where that fails or is killed,
nothing is lost but its result.

The process reads what to compute from its standard input, which stays open: once that is closed, by
`close` or because the process at its other end is gone, however it ended, this one ends too. It
steps back behind the training, and leaves Ctrl-C to it.
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
from rnnkit.piped import Piped, answers_alone, get_frame
from rnnkit.platform.processes import step_back
from rnnkit.storage import npz_bytes, read_npz

PROGRAM = "from rnnkit.background import answer; answer()"


class BackgroundCall(Piped):
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
        super().__init__(PROGRAM)
        threading.Thread(target=self._put, args=(content,), daemon=True).start()

    def result(self) -> dict[str, np.ndarray] | None:
        """Waits for what the function returns; None where the process failed or was killed."""
        assert self._process.stdout is not None
        try:
            return read_npz(self._process.stdout.read(), "another process")
        except RnnkitError:
            return None
        finally:
            self.close()


def answer() -> None:
    """What the other process does: reads a call, writes the arrays that it returns."""
    step_back()
    answers, questions = answers_alone(), sys.stdin.buffer
    content = get_frame(questions)
    if not content:
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
