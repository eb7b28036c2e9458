"""Sources of the points of trials, which also record the outcomes."""

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
class Proposal:
    """A trial before it is trained: its number and its point.

    Args:
        number: The number, from 0.
        point: The values of the keys that vary.
        is_here: Whether its run belongs in this study's folder, instead of that of another machine.
    """

    number: int
    point: Point
    is_here: bool = True


class Points(Protocol):
    """The points of a study's trials, and the outcomes of those that ended.

    A process must hold the study's lock while it calls `draw`.
    """

    def known(self) -> Iterable[Proposal]:
        """All trials so far, by number."""

    def unfinished(self) -> Iterable[Proposal]:
        """The trials that have not ended."""

    def draw(self) -> Proposal | None:
        """Draws another point; None once the number of trials is reached."""

    def working(self, number: int) -> AbstractContextManager[Sequence[keras.callbacks.Callback]]:
        """Marks a trial as running in this process; yields the callbacks for its training."""

    def end(self, outcome: Outcome) -> None:
        """Records the outcome of a trial."""

    def outcomes(self) -> Sequence[Outcome]:
        """The outcomes of the trials that ended."""


@dataclass
class FixedPoints:
    """Points that depend on their number alone, in a grid or random.

    Each process knows all of them, and reads from their runs which have ended.

    Args:
        points: The points, by number.
        ended: Reads the outcome of a trial; None if it has not ended.
    """

    points: Sequence[Point]
    ended: Callable[[int, Point], Outcome | None]
    _outcomes: dict[int, Outcome] = field(default_factory=dict)

    def known(self) -> Iterable[Proposal]:
        return [Proposal(number, point) for number, point in enumerate(self.points)]

    def unfinished(self) -> Iterable[Proposal]:
        for proposal in self.known():
            if proposal.number in self._outcomes:
                continue
            if outcome := self.ended(proposal.number, proposal.point):
                self.end(outcome)
            else:
                yield proposal

    def draw(self) -> Proposal | None:
        return None

    def working(self, number: int) -> AbstractContextManager[Sequence[keras.callbacks.Callback]]:
        return nullcontext(())

    def end(self, outcome: Outcome) -> None:
        self._outcomes[outcome.number] = outcome

    def outcomes(self) -> Sequence[Outcome]:
        return [self._outcomes[number] for number in sorted(self._outcomes)]
