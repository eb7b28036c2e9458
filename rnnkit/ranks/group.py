"""The group of processes that this one trains with: alone, unless it has joined others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from rnnkit.errors import RUN_FAILED, RnnkitError


class Group(Protocol):
    """Who trains together."""

    @property
    def rank(self) -> int:
        """Which one this is, from 0."""

    @property
    def number(self) -> int:
        """How many there are."""

    def exchange(self, text: str) -> list[str]:
        """What each process says, in their order; waits until every one has said something."""

    def agree(self, values: Sequence[int]) -> list[int]:
        """The largest that any process says of each value."""

    def tell_run(self, run: str) -> None:
        """Names the run of the first process to all."""

    def leave(self) -> None:
        """Ends the work in common, for all of them at the same time; each goes on alone."""


class Alone:
    """One process."""

    rank, number = 0, 1

    def exchange(self, text: str) -> list[str]:
        return [text]

    def agree(self, values: Sequence[int]) -> list[int]:
        return list(values)

    def tell_run(self, run: str) -> None:
        pass

    def leave(self) -> None:
        pass


_current: Group = Alone()


def group() -> Group:
    """The group of this process."""
    return _current


@contextlib.contextmanager
def joined(other: Group) -> Iterator[None]:
    """The group of this process while the block runs."""
    global _current
    before, _current = _current, other
    try:
        yield
    finally:
        _current = before


def require_equal(what: str, checksum: str) -> None:
    """All processes have the same of something.

    Raises:
        RnnkitError: If they have not.
    """
    every = group().exchange(checksum)
    others = [str(rank) for rank, one in enumerate(every) if one != every[0]]
    if others:
        got = f"{what} of process 0 and of process {', '.join(others)} differ"
        expected = "Expected the same, since all do the same"
        hint = "Check that all machines have the same processors, versions and data"
        raise RnnkitError("", got, expected, hint, exit_code=RUN_FAILED)
