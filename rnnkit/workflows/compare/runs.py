"""Compares trained runs on the same rows; runs of one config are seeds of one contender."""

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
    """Tests trained runs against each other on the same rows.

    Args:
        names: The names or folders of the runs.
        part: train, validation or test; None for the watched part.
        metric: The score; None for the default of the task.

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
    """Groups runs whose configs differ in the seed alone; two runs of one seed are in different
    groups.

    Returns:
        The groups, by the name or the path of their first run.
    """
    groups: dict[tuple[str, int], list[RunRows]] = {}
    for run in runs:
        unseeded = run.task.train.model_copy(update={"random_seed": 0})
        config = dump_config(run.task.model_copy(update={"train": unseeded}))
        repetition = 0
        while any(run.seed == other.seed for other in groups.get((config, repetition), ())):
            repetition += 1
        groups.setdefault((config, repetition), []).append(run)
    names = [group[0].run.path.resolve().name for group in groups.values()]
    if len(set(names)) < len(names):
        names = [str(group[0].run) for group in groups.values()]
    return {
        name + (f" ({len(group)} seeds)" if len(group) > 1 else ""): group
        for name, group in zip(names, groups.values(), strict=True)
    }
