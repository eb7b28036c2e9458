"""The plan of a sweep, from the command line and the config's `sweep:` section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rnnkit.config import dump_config, read_config
from rnnkit.config.overrides import Override, Placed
from rnnkit.environment import require, without_password
from rnnkit.errors import RnnkitError, at
from rnnkit.names import CONFIG, find_config
from rnnkit.tasks.sweep import Launcher, Search, Sweep
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.sweep.assignments import read_domain, read_space
from rnnkit.workflows.sweep.outcome import HELD_OUT
from rnnkit.workflows.sweep.recipe import Recipe
from rnnkit.workflows.sweep.space import Point, Space

DEFAULT_TRIALS = 20


@dataclass(frozen=True)
class SweepOptions:
    """The options of a sweep; None means the value of the config's `sweep:` section.

    Args:
        config: The path or name of the config, or the config itself as a mapping.
        assignments: KEY=VALUES for keys that vary, KEY=VALUE for all trials.
        trials: The number of trials.
        search: grid, random, tpe or auto.
        metric: The score that chooses the best trial.
        random_seed: The seed of the random points.
        prune: Whether trials that do worse than others end early.
        storage: The journal or the database of Optuna's study.
        name: The name of the study; None for one after the config.
        jobs: The number of processes; None for one, or on a cluster for one per machine or GPU.
        launcher: Where the processes run: local or ray.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
    """

    config: str | Mapping[str, Any]
    assignments: Sequence[str] = ()
    trials: int | None = None
    search: Search | None = None
    metric: str | None = None
    random_seed: int | None = None
    prune: bool | None = None
    storage: str | None = None
    name: str | None = None
    jobs: int | None = None
    launcher: Launcher | None = None
    device: str = "auto"
    backend_name: str | None = None


@dataclass(frozen=True)
class Plan:
    """The resolved and checked options of a sweep.

    Args:
        name: The name of the study and of its folder.
        recipe: Makes the config of a trial.
        space: The search space.
        section: The `sweep:` section with the options of the command line.
        search: grid, random or tpe.
        trials: The number of trials.
    """

    name: str
    recipe: Recipe
    space: Space
    section: Sweep
    search: Search
    trials: int

    @property
    def uses_optuna(self) -> bool:
        """Whether Optuna chooses the points, ends trials early, or stores the study."""
        return self.search == "tpe" or self.section.prune or self.section.storage is not None

    @cached_property
    def monitor(self) -> str:
        """The score that chooses the best trial, as `train.monitor` names it."""
        return self.recipe.task({}).train.monitor

    @cached_property
    def config_text(self) -> str:
        """The config of the study as YAML, with the search space and the options of the search,
        which must be equal in all processes that work on it.
        """
        study = Sweep(
            keys={key: domain.as_config for key, domain in self.space.domains.items()},
            search=self.search,
            random_seed=self.section.random_seed,
            prune=self.section.prune,
            storage=self.section.storage and without_password(self.section.storage),
        )
        return dump_config(self.recipe.task({}).model_copy(update={"sweep": study}))


def make_plan(options: SweepOptions, overrides: Sequence[Override] = ()) -> Plan:
    """Resolves and checks the options of a sweep.

    Args:
        options: The user's arguments.
        overrides: Overrides of the config, applied before all else.

    Raises:
        RnnkitError: If the config, a key, a value or a number is wrong.
    """
    tree = options.config if isinstance(options.config, Mapping) else find_config(options.config)
    base = load_task(tree, overrides)
    section = _section(tree, overrides, base.sweep, options)
    origins = _origins(tree, overrides, section)
    space, fixed = _space(section, origins, options.assignments)
    origins = {key: origin for key, origin in origins.items() if key not in _keys_of(options)}
    if section.metric is not None:
        fixed["train.monitor"] = _monitor_name(base, section.metric)
    search, trials = _search(space, section)
    name = tree.parent.name if isinstance(tree, Path) and tree.name == CONFIG else ""
    name = name or (tree.stem if isinstance(tree, Path) else base.name().rpartition(":")[2])
    recipe = Recipe(tree, overrides, fixed, origins)
    return Plan(section.name or f"{name}-sweep", recipe, space, section, search, trials)


def require_installed(plan: Plan) -> None:
    """Checks that the libraries that a plan needs are installed.

    Raises:
        RnnkitError: If one is not, with the command that installs it.
    """
    if plan.uses_optuna:
        with at("--search tpe" if plan.search == "tpe" else "--prune, --storage"):
            require("optuna", "sweep")
    if plan.section.launcher == "ray":
        with at("--launcher ray"):
            require("ray", "ray")


def _section(
    tree: Path | Mapping[str, Any],
    overrides: Sequence[Override],
    section: Sweep | None,
    options: SweepOptions,
) -> Sweep:
    """The `sweep:` section of a config, None if it has none, with the options that were given."""
    names = [name for name in Sweep.model_fields if name in SweepOptions.__dataclass_fields__]
    placed = [
        Placed(f"sweep.{name}", value, f"--{name.replace('_', '-')}")
        for name in names
        if (value := getattr(options, name)) is not None
    ]
    new: list[Override] = [] if section else [{"sweep": {"keys": {}}}]
    task = load_task(tree, [*overrides, *new, *placed])
    return task.sweep or Sweep(keys={})


def _origins(
    tree: Path | Mapping[str, Any], overrides: Sequence[Override], section: Sweep
) -> dict[str, str]:
    """Where each key of the `sweep:` section was written."""
    document = read_config(tree, overrides)
    return {key: f"{document.where(('sweep', 'keys', key))}: sweep.keys" for key in section.keys}


def _space(
    section: Sweep, origins: Mapping[str, str], assignments: Sequence[str]
) -> tuple[Space, Point]:
    """The search space and the values that all trials share; keys of the command line replace those
    of the section.
    """
    domains = {}
    for key, values in section.keys.items():
        with at(f"{origins[key]}: {key}"):
            domains[key] = read_domain(values, "")
    typed, fixed = read_space(assignments)
    domains = {key: domain for key, domain in domains.items() if key not in fixed}
    space = Space(domains | dict(typed.domains))
    space.require()
    return space, fixed


def _keys_of(options: SweepOptions) -> list[str]:
    return [assignment.partition("=")[0] for assignment in options.assignments]


def _monitor_name(task: Task, metric: str) -> str:
    """A score as `train.monitor` names it.

    Raises:
        RnnkitError: If the task has no score of this name.
    """
    name = metric.removeprefix(HELD_OUT)
    if name in task.monitored:
        return name
    expected = f"Expected one of: {', '.join(HELD_OUT + score for score in task.monitored)}"
    raise RnnkitError("--metric", f"no score {metric!r}", expected)


def _search(space: Space, section: Sweep) -> tuple[Search, int]:
    """The search, and the number of its trials."""
    search = section.search
    if search == "grid" and space.size is None:
        keys = ", ".join(space.ranges)
        got = f"a range ({keys}), which has no grid"
        raise RnnkitError("--search grid", got, "Expected values, or --search random")
    if search == "auto":  # random if a number is given, so that more trials can follow later
        search = "random" if section.trials or space.size is None else "grid"
    default = DEFAULT_TRIALS if search == "tpe" or space.size is None else space.size
    trials = section.trials or default
    return search, trials if space.count is None else min(trials, space.count)
