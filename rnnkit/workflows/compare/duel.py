"""A duel: cells or seeds of one config, trained one after the other and compared; it resumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rnnkit.errors import RnnkitError
from rnnkit.progress import Progress, log
from rnnkit.storage import write_bytes
from rnnkit.training.progress import DivergedError
from rnnkit.workflows.compare.contest import compared
from rnnkit.workflows.compare.curve import curves_of
from rnnkit.workflows.compare.files import KINDS, picture
from rnnkit.workflows.compare.plan import CompareOptions, Plan, Training, make_plan
from rnnkit.workflows.compare.result import Comparison
from rnnkit.workflows.compare.rows import RunRows, rows_of
from rnnkit.workflows.planned import Planned, carry_out_all


@dataclass(frozen=True)
class Duel:
    """What a duel has come to.

    Args:
        plan: Its trainings.
        comparison: The comparison of its runs; None if a signal stopped it.
        signal: The signal that stopped it; None if none did.
    """

    plan: Plan
    comparison: Comparison | None
    signal: int | None = None


def duel(options: CompareOptions) -> Duel:
    """Trains what is not yet trained, and compares all.

    Args:
        options: The options of the comparison.

    Raises:
        RnnkitError: If an option is wrong, or a run that is there is damaged or changed.
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
    if signal := carry_out_all(plan.trainings, *where, (DivergedError,), diverged):
        return Duel(plan, None, signal)
    counted = [each for each in plan.trainings if str(each.run) not in failed]
    comparison = _compared(counted, options, list(failed.values()))
    comparison = replace(comparison, folder=str(plan.folder))
    _write(plan, comparison)
    return Duel(plan, comparison)


def _compared(
    trainings: Sequence[Training], options: CompareOptions, failed: Sequence[str]
) -> Comparison:
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
        raise RnnkitError(
            "compare", "every training diverged", "Expected a lower train.learning_rate"
        )
    first = next(iter(groups.values()))[0]
    part = "test" if "test" in first.parts else first.watched
    comparison = compared(groups, part, options.metric, chosen=part != first.watched)
    if options.learning_curve:
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
