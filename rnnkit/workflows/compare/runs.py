"""Trained runs, compared on the same rows; different seeds of one config are one contender."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rnnkit.config import dump_config
from rnnkit.data.memory.data import PARTS
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.progress import Progress
from rnnkit.tasks.task import task_of
from rnnkit.workflows.compare.contest import compared
from rnnkit.workflows.compare.result import Comparison
from rnnkit.workflows.compare.rows import RunRows, rows_of
from rnnkit.workflows.trained import find_trained


def compare_runs(
    names: Sequence[str], part: str | None = None, metric: str | None = None
) -> Comparison:
    """Tests runs against each other on the same rows.

    Args:
        names: Runs: their names, or their folders.
        part: train, validation or test; None for the part that choices were based on.
        metric: The score; None for the usual one of their task.

    Raises:
        RnnkitError: If there are fewer than two, one does not exist, or they were scored on
            different rows.
    """
    if part is not None and part not in PARTS:
        expected = f"Expected one of: {', '.join(PARTS)}"
        raise RnnkitError("--part", f"no part {part!r}", expected, did_you_mean(part, PARTS))
    folders = [find_trained(name) for name in names]
    paths = [str(folder.path.resolve()) for folder in folders]
    for path, count in Counter(paths).items():
        if count > 1:
            twice = folders[paths.index(path)]
            raise RnnkitError("runs", f"{twice} is named twice", "Expected different runs")
    if len(folders) < 2:
        expected = "Expected at least two, or a config with --layers or --random-seeds to train"
        raise RnnkitError("runs", "fewer than two", expected)
    kinds = [task_of(folder).kind() for folder in folders]
    for folder, kind in zip(folders, kinds, strict=True):
        if kind != kinds[0]:
            got = f"a {kind} run, and {folders[0]} is a {kinds[0]} run"
            raise RnnkitError(str(folder), got, "Expected runs of one task")
    progress, runs = Progress("runs scored", len(folders)), list[RunRows]()
    for folder in folders:
        runs.append(rows_of(folder, part))
        progress.advance(1)
    watched = list(dict.fromkeys(run.watched for run in runs))
    if part is None and len(watched) > 1:
        got = f"choices were based on {' and on '.join(watched)}"
        raise RnnkitError("--part", got, "Expected a part that all runs have")
    return compared(_grouped(runs), part or watched[0], metric)


def _grouped(runs: Sequence[RunRows]) -> dict[str, list[RunRows]]:
    """The runs of each config, whatever their seed; two of one seed are apart."""
    groups: dict[tuple[str, int], list[RunRows]] = {}
    for run in runs:
        seeds = run.task.train.model_copy(update={"random_seed": 0})
        config = dump_config(run.task.model_copy(update={"train": seeds}))
        turn = 0
        while any(each.seed == run.seed for each in groups.get((config, turn), ())):
            turn += 1
        groups.setdefault((config, turn), []).append(run)
    names = [each[0].run.path.resolve().name for each in groups.values()]
    whole = [str(each[0].run) for each in groups.values()]
    shown = names if len(set(names)) == len(names) else whole
    return {
        name + (f" ({len(each)} seeds)" if len(each) > 1 else ""): each
        for name, each in zip(shown, groups.values(), strict=True)
    }
