"""The group of processes that train together; by default, this process alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from rnnkit.errors import RUN_FAILED, RnnkitError


class Group(Protocol):
    """Processes that train together."""

    @property
    def rank(self) -> int:
        """The rank of this process, from 0."""

    @property
    def number(self) -> int:
        """The number of processes."""

    def exchange(self, text: str) -> list[str]:
        """The texts that all processes pass to the same call, by rank; waits for all of them."""

    def agree(self, values: Sequence[int]) -> list[int]:
        """The maximum over all processes of each value."""

    def tell_run(self, run: str) -> None:
        """Tells all processes the run of the first one."""

    def leave(self) -> None:
        """Dissolves the group, in all processes at the same time; each continues alone."""


class Alone:
    """The group of a process that trains alone."""

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
    """Makes processes the group of this one while the block runs."""
    global _current
    before, _current = _current, other
    try:
        yield
    finally:
        _current = before


def require_equal(what: str, checksum: str) -> None:
    """Checks that something is the same in all processes.

    Raises:
        RnnkitError: If it is not.
    """
    checksums = group().exchange(checksum)
    others = [str(rank) for rank, other in enumerate(checksums) if other != checksums[0]]
    if others:
        got = f"{what} of process 0 and of process {', '.join(others)} differ"
        expected = "Expected the same in all processes"
        hint = "Check that all machines have the same processors, versions and data"
        raise RnnkitError("", got, expected, hint, exit_code=RUN_FAILED)
