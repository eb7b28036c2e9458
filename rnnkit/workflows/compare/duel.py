"""A duel: cells or seeds of one config, trained one after the other and compared; it resumes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rnnkit.config.overrides import Override
from rnnkit.errors import RnnkitError
from rnnkit.progress import Progress, log, quietly
from rnnkit.run import made_at
from rnnkit.storage import write_bytes
from rnnkit.training.progress import DivergedError
from rnnkit.workflows.compare.cells import tree_of
from rnnkit.workflows.compare.contest import compared
from rnnkit.workflows.compare.curve import curves_of
from rnnkit.workflows.compare.files import KINDS, picture
from rnnkit.workflows.compare.plan import Asked, Plan, Training, make_plan
from rnnkit.workflows.compare.result import Comparison
from rnnkit.workflows.compare.rows import RunRows, rows_of
from rnnkit.workflows.train import Training as Trained
from rnnkit.workflows.train import resume, train

if TYPE_CHECKING:
    import keras

SECONDS_BETWEEN_LINES = 10.0
SOME = 0.2  # of a training


@dataclass(frozen=True)
class Duel:
    """What a duel has come to.

    Args:
        plan: Its trainings.
        comparison: Of them; None where a signal stopped it.
        signal: That signal.
    """

    plan: Plan
    comparison: Comparison | None
    signal: int | None = None


def duel(asked: Asked) -> Duel:
    """Trains what is not yet trained, and compares all.

    Args:
        asked: What is trained and compared.

    Raises:
        RnnkitError: If what is asked is wrong, or a run that is there is damaged or changed.
    """
    plan = make_plan(asked)
    for note in plan.notes:
        log.warning(note)
    for training in plan.trainings:
        if training.is_begun:
            training.require_same()
    left = [training for training in plan.trainings if not training.is_done]
    done = len(plan.trainings) - len(left)
    log.info(f"{len(plan.trainings)} trainings in {plan.folder}, {done} of them done")
    clock, failed = _Clock(len(left)), dict[str, str]()
    for training in left:
        clock.begin(str(training))
        try:
            trained = _train(training, asked, clock)
        except DivergedError as error:
            failed[str(training.run)] = f"{training} diverged, and is not counted ({error.got})"
            log.warning(failed[str(training.run)])
            clock.end()
            continue
        if trained.signal:
            return Duel(plan, None, trained.signal)
        clock.end()
    counted = [each for each in plan.trainings if str(each.run) not in failed]
    comparison = _compared(counted, asked, list(failed.values()))
    comparison = replace(comparison, folder=str(plan.folder))
    _write(plan, comparison)
    return Duel(plan, comparison)


def _train(training: Training, asked: Asked, clock: _Clock) -> Trained:
    """Trains it, or continues it where it was stopped."""
    callbacks = [clock.callback(training.task.train.epochs)]
    with quietly(True):
        if training.is_begun:
            return resume(
                str(training.run),
                device=asked.device,
                backend_name=asked.backend_name,
                callbacks=callbacks,
            )
        tree = tree_of(training.task)
        # as overrides too, so that those of the environment, which it has already, change nothing
        overrides: list[Override] = [{key: value} for key, value in tree.items()]
        with made_at(training.run.path):
            return train(
                tree,
                overrides,
                device=asked.device,
                backend_name=asked.backend_name,
                callbacks=callbacks,
            )


def _compared(trainings: Sequence[Training], asked: Asked, failed: Sequence[str]) -> Comparison:
    """Chooses on validation, and tests on the test part where there is one."""
    progress, rows = Progress("runs scored", len(trainings)), dict[str, RunRows]()
    for training in trainings:
        rows[str(training.run)] = rows_of(training.run, None, with_test=training.fraction == 1)
        progress.advance(1)
    groups: dict[str, list[RunRows]] = {}
    for training in trainings:
        if training.fraction == 1:
            groups.setdefault(training.name, []).append(rows[str(training.run)])
    if not groups:
        raise RnnkitError("compare", "every training diverged", "", "Lower train.learning_rate")
    first = next(iter(groups.values()))[0]
    part = "test" if "test" in first.parts else first.watched
    comparison = compared(groups, part, asked.metric, chosen=part != first.watched)
    if asked.learning_curve:
        of = [(each, rows[str(each.run)]) for each in trainings]
        comparison = replace(comparison, curves=curves_of(of, first.watched, comparison.metric))
    said = [*comparison.sentences, *(f"{line}." for line in failed)]
    said += [f"{curve.sentence}." for curve in comparison.curves.values()]
    return replace(comparison, sentences=said)


def _write(plan: Plan, comparison: Comparison) -> None:
    """Keeps the comparison in its folder, as page, table, data and picture."""
    kinds = {f"compare{kind}": content for kind, content in KINDS.items()}
    for name, content in {**kinds, "compare.png": picture}.items():
        try:
            write_bytes(plan.folder / name, content(comparison))
        except (OSError, RnnkitError) as error:  # the runs are whole without it
            log.warning(f"{plan.folder / name}: not written ({error})")


class _Clock:
    """How far a duel has come, and how long the rest may take.

    Args:
        trainings: How many there are.
    """

    def __init__(self, trainings: int):
        self._trainings, self._done = trainings, 0
        self._started = self._shown = time.monotonic()
        self._name = ""

    def begin(self, name: str) -> None:
        """A training begins."""
        self._name = name
        self._say(0.0)

    def end(self) -> None:
        """It is over."""
        self._done += 1

    def callback(self, epochs: int) -> keras.callbacks.Callback:
        """What a training calls after each epoch."""
        from keras.callbacks import Callback

        clock = self

        class Shown(Callback):
            """Says it now and then."""

            def on_epoch_end(self, epoch: int, logs: object = None) -> None:
                if time.monotonic() - clock._shown >= SECONDS_BETWEEN_LINES:
                    clock._say(min(1.0, (epoch + 1) / epochs))

        return Shown()

    def _say(self, fraction: float) -> None:
        self._shown = time.monotonic()
        # an epoch or two of the first training say little: most of it was compilation
        is_known = self._done or fraction >= SOME
        share = (self._done + fraction) / self._trainings if is_known else 0.0
        left = (self._shown - self._started) * (1 / share - 1) if share else 0.0
        rest = f", about {left:,.0f} s left" if share else ""
        with quietly(False):
            log.info(f"training {self._done + 1} of {self._trainings}: {self._name}{rest}")
