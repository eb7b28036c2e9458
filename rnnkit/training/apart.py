"""Calls of code that may never return: in a thread of its own, which nobody waits for in vain."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotDoneError
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")


class UnansweredError(Exception):
    """A call did not return in time."""


class Apart:
    """A thread that makes one call after the other, and ends with the process.

    Args:
        seconds: How long each is waited for.
    """

    def __init__(self, seconds: float):
        self._seconds = seconds
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        threading.Thread(target=self._make_calls, daemon=True).start()

    def call(self, function: Callable[[], T]) -> T:
        """What a function returns, once those before it have returned; what it raises is raised.

        Raises:
            UnansweredError: If it has not returned in time; it may do so later.
        """
        answer: Future[T] = Future()

        def make() -> None:
            try:
                answer.set_result(function())
            except Exception as error:
                answer.set_exception(error)
            except BaseException as error:  # a library may ask to end the process, too
                answer.set_exception(RuntimeError(f"{type(error).__name__}: {error}"))

        self._calls.put(make)
        try:
            return answer.result(self._seconds)
        except NotDoneError:
            if answer.done():
                raise
            raise UnansweredError(f"no answer for {self._seconds:g} s") from None

    def close(self) -> None:
        """Ends the thread, once its calls have returned."""
        self._calls.put(None)

    def _make_calls(self) -> None:
        while make := self._calls.get():
            make()
