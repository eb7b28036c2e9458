"""Calls that may never return, made in a separate thread with a timeout."""

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
    """A daemon thread that makes calls in sequence.

    Args:
        seconds: The timeout of each call.
    """

    def __init__(self, seconds: float):
        self._seconds = seconds
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        threading.Thread(target=self._make_calls, daemon=True).start()

    def call(self, function: Callable[[], T]) -> T:
        """Calls a function in the thread, after earlier calls, and returns or raises what it does.

        Raises:
            UnansweredError: If it has not returned in time; it may still do so later.
        """
        answer: Future[T] = Future()

        def make() -> None:
            try:
                answer.set_result(function())
            except Exception as error:
                answer.set_exception(error)
            except BaseException as error:  # such as SystemExit, raised by a library
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
