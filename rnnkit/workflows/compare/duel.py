"""A duel: trains cells or seeds of one config, and compares them; the same call resumes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rnnkit.errors import RnnkitError
from rnnkit.progress import Progress, log
from rnnkit.signals import mentioned_if_stopped
from rnnkit.storage import write_bytes
from rnnkit.training.progress import DivergedError
from rnnkit.workflows.compare.contest import compared
from rnnkit.workflows.compare.curve import curves_of
from rnnkit.workflows.compare.files import KINDS, picture
from rnnkit.workflows.compare.plan import CompareOptions, Plan, Training, make_plan
from rnnkit.workflows.compare.result import Comparison
from rnnkit.workflows.compare.rows import RunRows, rows_of
from rnnkit.workflows.planned import Planned, train_all


@dataclass(frozen=True)
class Duel:
    """A duel that is done or stopped.

    Args:
        plan: The plan of its trainings.
        comparison: The comparison of its runs; None if a signal stopped it.
        signal: The signal that stopped it; None if none did.
    """

    plan: Plan
    comparison: Comparison | None
    signal: int | None = None


def duel(options: CompareOptions) -> Duel:
    """Trains the runs that are not trained yet, and compares all of them.

    Args:
        options: The options of the comparison.

    Raises:
        RnnkitError: If an option is wrong, or an existing run is damaged or changed.
    """
    plan = make_plan(options)
    for note in plan.notes:
        log.warning(note)
    failed = dict[str, str]()

    def diverged(training: Planned, error: Exception) -> None:
        assert isinstance(error, DivergedError)
        failed[str(training.run)] = f"{training} diverged, and is not counted ({error.got})"
        log.warning(failed[str(training.run)])

    where = options.device, options.backend_name
    with mentioned_if_stopped(lambda: "stopped; the same command again continues it"):
        if signal := train_all(plan.trainings, *where, (DivergedError,), diverged):
            return Duel(plan, None, signal)
        complete = [training for training in plan.trainings if str(training.run) not in failed]
        comparison = _compared(complete, options, list(failed.values()))
    comparison = replace(comparison, folder=str(plan.folder))
    _write(plan, comparison)
    return Duel(plan, comparison)


def _compared(
    trainings: Sequence[Training], options: CompareOptions, failed: Sequence[str]
) -> Comparison:
    """Compares trainings on the test part, or on the watched part if there is no test part."""
    progress, rows = Progress("runs scored", len(trainings)), dict[str, RunRows]()
    for training in trainings:
        rows[str(training.run)] = rows_of(training.run, None, with_test=training.fraction == 1)
        progress.advance(1)
    groups: dict[str, list[RunRows]] = {}
    for training in trainings:
        if training.fraction == 1:
            groups.setdefault(training.name, []).append(rows[str(training.run)])
    if not groups:
        raise RnnkitError(
            "compare", "every training diverged", "Expected a lower train.learning_rate"
        )
    first = next(iter(groups.values()))[0]
    part = "test" if "test" in first.parts else first.watched
    comparison = compared(groups, part, options.metric, chosen=part != first.watched)
    if options.learning_curve:
        pairs = [(training, rows[str(training.run)]) for training in trainings]
        comparison = replace(comparison, curves=curves_of(pairs, first.watched, comparison.metric))
    sentences = [*comparison.sentences, *(f"{line}." for line in failed)]
    sentences += [f"{curve.sentence}." for curve in comparison.curves.values()]
    return replace(comparison, sentences=sentences)


def _write(plan: Plan, comparison: Comparison) -> None:
    """Writes the comparison to its folder, as page, table, JSON and picture."""
    kinds = {f"compare{kind}": content for kind, content in KINDS.items()}
    for name, content in {**kinds, "compare.png": picture}.items():
        try:
            write_bytes(plan.folder / name, content(comparison))
        except (OSError, RnnkitError) as error:  # the runs are complete without this file
            log.warning(f"{plan.folder / name}: not written ({error})")
