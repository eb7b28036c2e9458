"""The continuations of one prompt: begun and chosen in a thread, awaited in the loop."""

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
from rnnkit.serve.remarks import for_a_request
from rnnkit.tasks.continuation import Ends

TAIL = 64
"""Tokens of a session's text, which the spaces and quotes of the next ones depend on."""


@dataclass
class Begun:
    """A prompt that was read.

    Args:
        stepper: The model.
        state: Its state, of one row.
        logits: The logits of the next token, (1, vocabulary).
        choose: Chooses the next token of each row.
        prefix: The tokens with which the readable text begins.
        read: How many tokens the prompt has.
    """

    stepper: Stepper
    state: Any
    logits: np.ndarray
    choose: Choice
    prefix: Sequence[int]
    read: int


@dataclass
class Carried:
    """Where a decoding has stopped.

    Args:
        stepper: The model.
        state: Its state, of one row.
        logits: The logits of the next token, (1, vocabulary), where it has read every token.
        pending: The last token, where it has not read it.
        tail: The last tokens of the text.
    """

    stepper: Stepper
    state: Any
    logits: np.ndarray | None
    pending: int | None
    tail: list[int]


class Decoding:
    """The continuations of one prompt, which the thread of a worker decodes.

    Args:
        begin: Reads the prompt.
        ends: Where a continuation ends.
        longest: Its tokens, at most.
        copies: How many.
        streams: Whether somebody waits for each token.
        carries: Whether it is continued later.
    """

    def __init__(
        self,
        begin: Callable[[], Begun],
        ends: Ends,
        longest: int,
        *,
        copies: int = 1,
        streams: bool = False,
        carries: bool = False,
    ):
        self.rows: list[list[int]] = [[] for _ in range(copies)]
        self.ended = [False] * copies
        self.begun: Begun | None = None
        self.carried: Carried | None = None
        self.remarks: list[str] = []
        self.error: Exception | None = None
        self.is_finished = False  # in the thread
        self.is_over = self.is_left = False  # in the loop
        self.loop = asyncio.get_running_loop()
        self._begin, self._ends, self._longest = begin, ends, longest
        self._streams, self._carries = streams, carries
        self._progress, self._is_told = asyncio.Event(), False
        self._then: Callable[[], None] | None = None

    # In the loop.

    async def opened(self) -> None:
        """Waits until there are tokens.

        Raises:
            RnnkitError: If the prompt cannot be read.
        """
        await self._progress.wait()
        if self.is_over and self.error is not None:
            raise self.error

    async def moved(self) -> bool:
        """Waits until there are more tokens than at the last call; whether these are all.

        Raises:
            RnnkitError: If the prompt cannot be read.
        """
        await self.opened()
        self._progress.clear()
        self._is_told = False
        return self.is_over

    def leave(self, then: Callable[[], None]) -> None:
        """Nobody waits for it any more; what is to be done when it has stopped."""
        self.is_left, self._then = True, then
        if self.is_over:
            then()

    def tell(self) -> None:
        """Wakes who waits."""
        self.is_over = self.is_finished
        self._progress.set()
        if self.is_over and self._then is not None:
            self._then()

    # In the thread.

    def open(self) -> Begun | None:
        """Reads the prompt; None if that fails."""
        try:
            with for_a_request() as self.remarks:
                self.begun = self._begin()
        except Exception as error:
            self.fail(error)
        return self.begun

    def advance(self, logits: np.ndarray) -> np.ndarray | None:
        """The next token of each row, (rows,), by its logits; None if that fails."""
        assert self.begun is not None
        try:
            tokens = self.begun.choose(logits)
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
        """Ends it with an error."""
        if not isinstance(error, RnnkitError):
            traceback.print_exception(error)
        self.error, self.is_finished = error, True

    def keep(self, state: Any, logits: np.ndarray | None) -> None:
        """Keeps where it stopped."""
        if not (self._carries and self.begun):
            return
        new = self.rows[0]
        pending = new[-1] if logits is None else None
        text = [*self.begun.prefix, *new][-TAIL:]
        self.carried = Carried(self.begun.stepper, state, logits, pending, text)

    def to_tell(self) -> bool:
        """Whether who waits is to be woken now."""
        if not self.is_finished and (self._is_told or not self._streams):
            return False
        self._is_told = True
        return True
