"""The continuations of one prompt: decoded by a worker's thread, awaited in the event loop."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.generation.decode import Choice
from rnnkit.generation.stepper import Stepper
from rnnkit.serve.remarks import request_remarks
from rnnkit.tasks.continuation import Ends

TAIL = 64
"""The number of tokens of a session's text that are kept, as spaces and quotes depend on them."""


@dataclass
class ReadPrompt:
    """A prompt after the model has read it.

    Args:
        stepper: The model.
        state: Its state, of one row.
        logits: The logits of the next token, (1, vocabulary).
        choose: Chooses the next token of each row by its logits.
        prefix: The tokens at the beginning of the readable text.
        read: The number of tokens of the prompt.
    """

    stepper: Stepper
    state: Any
    logits: np.ndarray
    choose: Choice
    prefix: Sequence[int]
    read: int


@dataclass
class SessionState:
    """Where a decoding stopped, so that a later request continues it.

    Args:
        stepper: The model.
        state: Its state, of one row.
        logits: The logits of the next token, (1, vocabulary); None if the last token is unread.
        pending: The last token, if the model has not read it.
        tail: The last tokens of the text.
    """

    stepper: Stepper
    state: Any
    logits: np.ndarray | None
    pending: int | None
    tail: list[int]


class Decoding:
    """The continuations of one prompt, which a worker's thread decodes.

    Args:
        read_prompt: Reads the prompt.
        ends: Where a continuation ends.
        longest: The largest number of tokens of a continuation.
        copies: The number of continuations.
        streams: Whether the client gets each token at once.
        carries: Whether a later request may continue it.
    """

    def __init__(
        self,
        read_prompt: Callable[[], ReadPrompt],
        ends: Ends,
        longest: int,
        *,
        copies: int = 1,
        streams: bool = False,
        carries: bool = False,
    ):
        self.rows: list[list[int]] = [[] for _ in range(copies)]
        self.ended = [False] * copies
        self.prompt: ReadPrompt | None = None
        self.session_state: SessionState | None = None
        self.remarks: list[str] = []
        self.error: Exception | None = None
        self.is_finished = False  # set in the thread
        self.is_over = self.is_abandoned = False  # set in the loop
        self.loop = asyncio.get_running_loop()
        self._read_prompt, self._ends, self._longest = read_prompt, ends, longest
        self._streams, self._carries = streams, carries
        self._progress, self._is_notified = asyncio.Event(), False
        self._then: Callable[[], None] | None = None

    # The next methods are called in the loop.

    async def wait_for_start(self) -> None:
        """Waits until there are tokens.

        Raises:
            RnnkitError: If the prompt cannot be read.
        """
        await self._progress.wait()
        if self.is_over and self.error is not None:
            raise self.error

    async def next_tokens(self) -> bool:
        """Waits for more tokens than at the last call; returns whether these are all.

        Raises:
            RnnkitError: If the prompt cannot be read.
        """
        await self.wait_for_start()
        self._progress.clear()
        self._is_notified = False
        return self.is_over

    def abandon(self, then: Callable[[], None]) -> None:
        """Stops the decoding, as the client no longer waits.

        Args:
            then: Called once it has stopped.
        """
        self.is_abandoned, self._then = True, then
        if self.is_over:
            then()

    def notify(self) -> None:
        """Wakes the coroutine that waits."""
        self.is_over = self.is_finished
        self._progress.set()
        if self.is_over and self._then is not None:
            self._then()

    # The next methods are called in the thread.

    def open(self) -> ReadPrompt | None:
        """Reads the prompt; None if that fails."""
        try:
            with request_remarks() as self.remarks:
                self.prompt = self._read_prompt()
        except Exception as error:
            self.fail(error)
        return self.prompt

    def advance(self, logits: np.ndarray) -> np.ndarray | None:
        """Chooses the next token of each row, (rows,); None if that fails."""
        assert self.prompt is not None
        try:
            tokens = self.prompt.choose(logits)
            for row, token in enumerate(tokens.tolist()):
                if not self.ended[row]:
                    self.rows[row].append(token)
                    self.ended[row] = self._ends(self.rows[row])
        except Exception as error:
            self.fail(error)
            return None
        self.is_finished = all(self.ended) or max(map(len, self.rows)) >= self._longest
        return tokens

    def fail(self, error: Exception) -> None:
        """Ends the decoding with an error."""
        if not isinstance(error, RnnkitError):
            traceback.print_exception(error)
        self.error, self.is_finished = error, True

    def save_state(self, state: Any, logits: np.ndarray | None) -> None:
        """Stores where it stopped, if a later request may continue it."""
        if not (self._carries and self.prompt):
            return
        new = self.rows[0]
        pending = new[-1] if logits is None else None
        text = [*self.prompt.prefix, *new][-TAIL:]
        self.session_state = SessionState(self.prompt.stepper, state, logits, pending, text)

    def needs_notice(self) -> bool:
        """Whether the coroutine that waits must be woken now."""
        if not self.is_finished and (self._is_notified or not self._streams):
            return False
        self._is_notified = True
        return True
