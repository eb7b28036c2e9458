"""Where the points of a sweep's trials come from, and what hears how they ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rnnkit.workflows.sweep.outcome import Outcome
from rnnkit.workflows.sweep.space import Point

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Drawn:
    """A trial's number and its point.

    Args:
        number: From 0.
        point: Values by key.
        is_here: Whether its run is in this study's folder; else another machine works on it, in a
            folder of its own.
    """

    number: int
    point: Point
    is_here: bool = True


class Points(Protocol):
    """The points of a study's trials. Whoever draws holds the study's lock."""

    def known(self) -> Iterable[Drawn]:
        """Those that there are so far, in their order."""

    def unfinished(self) -> Iterable[Drawn]:
        """The points whose trial has not ended."""

    def draw(self) -> Drawn | None:
        """Another point; None once the requested number is reached."""

    def working(self, number: int) -> AbstractContextManager[Sequence[keras.callbacks.Callback]]:
        """While this process works on a trial; what its training calls after each epoch."""

    def end(self, outcome: Outcome) -> None:
        """Hears how a trial ended."""

    def outcomes(self) -> Sequence[Outcome]:
        """Of the trials that ended."""


@dataclass
class Numbered:
    """Points that depend on their number alone: a grid, or drawn at random. Each process knows all
    of them, and their runs say which ended.

    Args:
        points: All of them.
        ended: What came of a trial; None if it has not ended.
    """

    points: Sequence[Point]
    ended: Callable[[int, Point], Outcome | None]
    _outcomes: dict[int, Outcome] = field(default_factory=dict)

    def known(self) -> Iterable[Drawn]:
        return [Drawn(number, point) for number, point in enumerate(self.points)]

    def unfinished(self) -> Iterable[Drawn]:
        for drawn in self.known():
            if drawn.number in self._outcomes:
                continue
            if outcome := self.ended(drawn.number, drawn.point):
                self.end(outcome)
            else:
                yield drawn

    def draw(self) -> Drawn | None:
        return None

    def working(self, number: int) -> AbstractContextManager[Sequence[keras.callbacks.Callback]]:
        return nullcontext(())

    def end(self, outcome: Outcome) -> None:
        self._outcomes[outcome.number] = outcome

    def outcomes(self) -> Sequence[Outcome]:
        return [self._outcomes[number] for number in sorted(self._outcomes)]
