"""A study: the folder of a sweep's runs, and the trials that this process may work on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.run import RunFolder
from rnnkit.workflows.planned import Planned
from rnnkit.workflows.sweep.claims import Claims
from rnnkit.workflows.sweep.outcome import Outcome, outcome_of
from rnnkit.workflows.sweep.plan import Plan
from rnnkit.workflows.sweep.points import Drawn, Points
from rnnkit.workflows.sweep.space import Point, Space, point_text

SECONDS_BETWEEN_LOOKS = 0.5  # at trials that other processes work on


@dataclass(frozen=True)
class Trial(Planned):
    """One training of a sweep.

    Args:
        number: From 0.
        point: What it has in place of the config's own values.
    """

    number: int
    point: Point

    def __str__(self) -> str:
        return f"trial {self.number}: {point_text(self.point)}"

    def outcome(self) -> Outcome:
        """What came of it, once it is done."""
        return outcome_of(self.number, self.point, self.run)


@dataclass(frozen=True)
class Claimed:
    """A trial that no other process works on.

    Args:
        trial: The trial.
        give_back: Call it when it is done, or stopped.
    """

    trial: Trial
    give_back: Callable[[], None]


@dataclass(frozen=True)
class Study:
    """A sweep.

    Args:
        folder: Where its runs are.
        plan: The plan of the sweep.
        points: The points of its trials.
        claims: Who works on which.
    """

    folder: Path
    plan: Plan
    points: Points
    claims: Claims

    @property
    def space(self) -> Space:
        """What varies."""
        return self.plan.space

    def trial(self, drawn: Drawn) -> Trial:
        """The training of a point.

        Raises:
            RnnkitError: If its values do not go together.
        """
        name = name_of(drawn.number)
        task = self.plan.recipe.task(drawn.point)
        return Trial(name, task, self._run(drawn), drawn.number, drawn.point)

    @property
    def done(self) -> int:
        """How many trials have ended, or failed."""
        return len([*self.points.known()]) - len(self._left())

    def _left(self) -> list[Drawn]:
        """Trials that have not ended, or whose run was removed since, without those that failed."""
        complete = {one.number for one in self.points.outcomes() if one.is_complete}
        removed = (
            drawn
            for drawn in self.points.known()
            if drawn.is_here and drawn.number in complete and not self._run(drawn).is_trained
        )
        return [one for one in (*self.points.unfinished(), *removed) if not self._problem(one)]

    def _run(self, drawn: Drawn) -> RunFolder:
        return RunFolder(self.folder / name_of(drawn.number))

    def require_same(self) -> None:
        """The runs that are there have the configs that they were begun with.

        Raises:
            RnnkitError: If one was edited.
        """
        for drawn in self.points.known():
            if drawn.is_here and (trial := self.trial(drawn)).is_begun:
                trial.require_same()

    def claimed(self) -> Iterator[Claimed]:
        """Trials to train, each taken from the other processes, until none is left: those of
        processes that were killed first. Waits for those that others work on, and takes them where
        these end without them.
        """
        is_waiting = False
        while True:
            with self.claims.deciding():
                left = self._left()
                claimed = self._first(left) or self._further()
            if claimed:
                yield claimed
            elif others := [one for one in left if not self._problem(one)]:
                if not is_waiting:
                    numbers = ", ".join(str(one.number) for one in others)
                    log.info(f"other processes work on what is left: trial {numbers}")
                is_waiting = True
                time.sleep(SECONDS_BETWEEN_LOOKS)
            else:
                return

    def outcomes(self) -> list[Outcome]:
        """Of all trials so far, those that failed among them."""
        ended = {outcome.number: outcome for outcome in self.points.outcomes()}
        return [
            ended.get(drawn.number)
            or Outcome(
                drawn.number,
                drawn.point,
                str(self._run(drawn)),
                problem=self._problem(drawn) or "not trained",
            )
            for drawn in self.points.known()
        ]

    def _problem(self, drawn: Drawn) -> str:
        return self.claims.problem(name_of(drawn.number)) if drawn.is_here else ""

    def _first(self, left: Sequence[Drawn]) -> Claimed | None:
        """The first of these that no process works on."""
        for drawn in left:
            if drawn.is_here and (claimed := self._take(drawn)):
                return claimed
        return None

    def _further(self) -> Claimed | None:
        """A trial that is not drawn yet."""
        while drawn := self.points.draw():
            if claimed := self._take(drawn):
                return claimed
        return None

    def _take(self, drawn: Drawn) -> Claimed | None:
        """A trial, where it can be had and there is something to do."""
        give_back = self.claims.take(self._run(drawn))
        if give_back is None:
            return None
        try:
            trial = self.trial(drawn)
        except RnnkitError as error:
            self.fail(drawn, str(error), is_final=True)
            give_back()
            return None
        return Claimed(trial, give_back)

    def fail(self, drawn: Drawn, problem: str, *, is_final: bool) -> None:
        """Notes that a trial failed, and whether it would again."""
        name = name_of(drawn.number)
        self.claims.fail(name, problem, is_final)
        if is_final:
            run = str(self.folder / name)
            self.points.end(Outcome(drawn.number, drawn.point, run, problem=problem))


def name_of(number: int) -> str:
    """What the run of a trial is called."""
    return f"trial-{number:03}"
