"""A sweep before it begins: the trials, where each run is, and which of them are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnkit.config import dump_config
from rnnkit.config.overrides import Override
from rnnkit.errors import RnnkitError, at
from rnnkit.names import CONFIG, find_config
from rnnkit.run import RunFolder
from rnnkit.tasks.sweep import Search, Sweep
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.planned import Planned, folder_of
from rnnkit.workflows.sweep.space import Point, Space, domain_of, point_text, read_space

FILE = "sweep.yaml"
"""What a study varies, in its folder."""

USUAL_TRIALS = 20
HELD_OUT = "val_"


@dataclass(frozen=True)
class Asked:
    """What a sweep is asked for; what is None is taken from the config's `sweep:` section.

    Args:
        config: Its path or name, or the config itself as a mapping.
        assignments: KEY=VALUES that vary, KEY=VALUE of all trials.
        trials: How many.
        search: grid, random or auto.
        metric: The score that chooses.
        random_seed: Of what is drawn.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
    """

    config: str | Mapping[str, Any]
    assignments: Sequence[str] = ()
    trials: int | None = None
    search: Search | None = None
    metric: str | None = None
    random_seed: int | None = None
    device: str = "auto"
    backend_name: str | None = None


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


@dataclass(frozen=True)
class Study:
    """A sweep.

    Args:
        folder: Where its runs are.
        space: What varies.
        metric: The score that chooses.
        trials: In their order.
    """

    folder: Path
    space: Space
    metric: str
    trials: Sequence[Trial]


def make_study(asked: Asked) -> Study:
    """Checks what is asked, every trial's config included, and finds the folder of an earlier call
    or makes a new one.

    Raises:
        RnnkitError: If the config, a key, a value or a number is wrong.
    """
    tree = asked.config if isinstance(asked.config, Mapping) else find_config(asked.config)
    base = load_task(tree)
    section = base.sweep or Sweep(keys={})
    space, fixed = _space(section, asked.assignments)
    metric = asked.metric or section.metric
    if metric is not None:
        fixed["train.monitor"] = _monitored(base, metric)
    search, count = _search(space, asked.search or section.search, asked.trials or section.trials)
    seed = section.random_seed if asked.random_seed is None else asked.random_seed
    points = [
        space.on_grid(number) if search == "grid" else space.at_random(seed, number)
        for number in range(count)
    ]
    tasks = [_task(tree, fixed, point) for point in points]
    setup = Sweep(
        keys={key: domain.described for key, domain in space.domains.items()},
        search=search,
        random_seed=seed,
    )
    described = dump_config(_task(tree, fixed, {}).model_copy(update={"sweep": setup}))
    name = tree.parent.name if isinstance(tree, Path) and tree.name == CONFIG else ""
    name = name or (tree.stem if isinstance(tree, Path) else base.name().rpartition(":")[2])
    folder = folder_of(f"{name}-sweep", FILE, described)
    trials = [
        Trial(f"trial-{number:03}", task, RunFolder(folder / f"trial-{number:03}"), number, point)
        for number, (task, point) in enumerate(zip(tasks, points, strict=True))
    ]
    return Study(folder, space, tasks[0].train.monitor, trials)


def _space(section: Sweep, assignments: Sequence[str]) -> tuple[Space, Point]:
    """Those of the command line in place of the section's own."""
    domains = {}
    for key, values in section.keys.items():
        with at(f"sweep.keys: {key}"):
            domains[key] = domain_of(values, "")
    named, fixed = read_space(assignments)
    domains = {key: domain for key, domain in domains.items() if key not in fixed}
    space = Space(domains | dict(named.domains))
    space.require()
    return space, fixed


def _monitored(task: Task, metric: str) -> str:
    """A score as `train.monitor` names it.

    Raises:
        RnnkitError: If the task has none of this name.
    """
    name = metric.removeprefix(HELD_OUT)
    if name in task.monitored:
        return name
    expected = f"Expected one of: {', '.join(HELD_OUT + each for each in task.monitored)}"
    raise RnnkitError("--metric", f"no score {metric!r}", expected)


def _search(space: Space, search: Search, trials: int | None) -> tuple[Search, int]:
    """How points are found, and how many."""
    if space.size is None:
        if search == "grid":
            keys = ", ".join(space.spans)
            got = f"a range ({keys}), which has no grid"
            raise RnnkitError("--search grid", got, "Expected values, or --search random")
        return "random", trials or USUAL_TRIALS
    if search == "auto":
        search = "random" if trials else "grid"  # so that more trials continue it
    return search, min(trials or space.size, space.size)


def _task(tree: Path | Mapping[str, Any], fixed: Point, point: Point) -> Task:
    """The checked config of a trial."""
    overrides: list[Override] = [{key: value} for key, value in (fixed | point).items()]
    return load_task(tree, overrides).model_copy(update={"sweep": None})
