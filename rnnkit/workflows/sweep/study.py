"""A study: the folder of a sweep's runs, and the trials that this process can work on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.run import RunFolder
from rnnkit.workflows.planned import Planned
from rnnkit.workflows.sweep.claims import Claims
from rnnkit.workflows.sweep.outcome import Outcome, outcome_of
from rnnkit.workflows.sweep.plan import Plan
from rnnkit.workflows.sweep.points import Points, Proposal
from rnnkit.workflows.sweep.space import Point, Space, point_text

SECONDS_BETWEEN_POLLS = 0.5  # of trials that other processes work on


@dataclass(frozen=True)
class Trial(Planned):
    """One training of a sweep.

    Args:
        number: The number, from 0.
        point: The values of the keys that vary.
    """

    number: int
    point: Point

    def __str__(self) -> str:
        return f"trial {self.number}: {point_text(self.point)}"

    def outcome(self) -> Outcome:
        """The outcome of a trial that is done."""
        return outcome_of(self.number, self.point, self.run)


@dataclass(frozen=True)
class ClaimedTrial:
    """A trial that this process has claimed.

    Args:
        trial: The trial.
        give_back: To be called when the trial is done or stopped.
    """

    trial: Trial
    give_back: Callable[[], None]


@dataclass(frozen=True)
class Study:
    """The study of a sweep.

    Args:
        folder: The folder of the runs.
        plan: The plan of the sweep.
        points: The points of the trials.
        claims: The claims of processes on the trials.
    """

    folder: Path
    plan: Plan
    points: Points
    claims: Claims

    @property
    def space(self) -> Space:
        """The search space."""
        return self.plan.space

    def trial(self, proposal: Proposal) -> Trial:
        """The trial of a point.

        Raises:
            RnnkitError: If the config with its values is wrong.
        """
        name = run_name(proposal.number)
        task = self.plan.recipe.task(proposal.point)
        return Trial(name, task, self._run(proposal), proposal.number, proposal.point)

    @property
    def done(self) -> int:
        """The number of trials that ended or failed."""
        return len([*self.points.known()]) - len(self._left())

    def _left(self) -> list[Proposal]:
        """The trials that have not ended or failed, and those whose run was removed."""
        complete = {outcome.number for outcome in self.points.outcomes() if outcome.is_complete}
        removed = (
            proposal
            for proposal in self.points.known()
            if proposal.is_here
            and proposal.number in complete
            and not self._run(proposal).is_trained
        )
        return self._without_problem([*self.points.unfinished(), *removed])

    def _without_problem(self, proposals: Iterable[Proposal]) -> list[Proposal]:
        return [proposal for proposal in proposals if not self._problem(proposal)]

    def _run(self, proposal: Proposal) -> RunFolder:
        return RunFolder(self.folder / run_name(proposal.number))

    def require_same(self) -> None:
        """Checks that existing runs have the configs that they were started with.

        Raises:
            RnnkitError: If a config was edited.
        """
        for proposal in self.points.known():
            if proposal.is_here and (trial := self.trial(proposal)).is_begun:
                trial.require_same()

    def claimed(self) -> Iterator[ClaimedTrial]:
        """Claims and yields trials until none is left.

        Unfinished trials of killed processes come first. Waits for trials of other processes, and
        claims those whose process ends before they are done.
        """
        is_waiting = False
        while True:
            with self.claims.deciding():
                left = self._left()
                claimed = self._claim_unfinished(left) or self._claim_new()
            if claimed:
                yield claimed
            elif others := self._without_problem(left):
                if not is_waiting:
                    numbers = ", ".join(str(proposal.number) for proposal in others)
                    log.info(f"other processes work on what is left: trial {numbers}")
                is_waiting = True
                time.sleep(SECONDS_BETWEEN_POLLS)
            else:
                return

    def outcomes(self) -> list[Outcome]:
        """The outcomes of all trials so far, with those that failed."""
        ended = {outcome.number: outcome for outcome in self.points.outcomes()}
        return [
            ended.get(proposal.number)
            or Outcome(
                proposal.number,
                proposal.point,
                str(self._run(proposal)),
                problem=self._problem(proposal) or "not trained",
            )
            for proposal in self.points.known()
        ]

    def _problem(self, proposal: Proposal) -> str:
        return self.claims.problem(run_name(proposal.number)) if proposal.is_here else ""

    def _claim_unfinished(self, left: Iterable[Proposal]) -> ClaimedTrial | None:
        """Claims the first of these trials that no process works on."""
        for proposal in left:
            if proposal.is_here and (claimed := self._claim(proposal)):
                return claimed
        return None

    def _claim_new(self) -> ClaimedTrial | None:
        """Draws a new trial, and claims it; None once all are drawn."""
        while proposal := self.points.draw():
            if claimed := self._claim(proposal):
                return claimed
        return None

    def _claim(self, proposal: Proposal) -> ClaimedTrial | None:
        """Claims a trial; None if another process works on it, or its config is wrong."""
        give_back = self.claims.take(self._run(proposal))
        if give_back is None:
            return None
        try:
            trial = self.trial(proposal)
        except RnnkitError as error:
            self.fail(proposal, str(error), is_final=True)
            give_back()
            return None
        return ClaimedTrial(trial, give_back)

    def fail(self, proposal: Proposal, problem: str, *, is_final: bool) -> None:
        """Notes why a trial failed, and whether it would fail again."""
        name = run_name(proposal.number)
        self.claims.fail(name, problem, is_final=is_final)
        if is_final:
            run = str(self.folder / name)
            self.points.end(Outcome(proposal.number, proposal.point, run, problem=problem))


def run_name(number: int) -> str:
    """The name of a trial's run."""
    return f"trial-{number:03}"
