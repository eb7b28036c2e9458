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
from rnnkit.workflows.sweep.assignments import domain_of, read_space
from rnnkit.workflows.sweep.outcome import HELD_OUT
from rnnkit.workflows.sweep.recipe import Recipe
from rnnkit.workflows.sweep.space import Point, Space

USUAL_TRIALS = 20


@dataclass(frozen=True)
class SweepOptions:
    """The options of a sweep; None means the value of the config's `sweep:` section.

    Args:
        config: Its path or name, or the config itself as a mapping.
        assignments: KEY=VALUES that vary, KEY=VALUE of all trials.
        trials: How many.
        search: grid, random, tpe or auto.
        metric: The score that chooses.
        random_seed: Seeds what is drawn.
        prune: Whether trials that do worse than others end early.
        storage: The journal or the database of Optuna's study.
        name: The name of the study; None for the config's.
        jobs: How many processes; None for one, or on a cluster for one each machine.
        launcher: Where they are: local or ray.
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
    """What a sweep does.

    Args:
        name: The name of its folder, and of Optuna's study.
        recipe: How a trial's config is made.
        space: What varies.
        section: The `sweep:` section, as the command line changed it.
        search: grid, random or tpe.
        trials: How many.
    """

    name: str
    recipe: Recipe
    space: Space
    section: Sweep
    search: Search
    trials: int

    @property
    def uses_optuna(self) -> bool:
        """Whether Optuna draws the points, or ends trials early."""
        return self.search == "tpe" or self.section.prune or self.section.storage is not None

    @cached_property
    def monitor(self) -> str:
        """The score that chooses, as `train.monitor` names it."""
        return self.recipe.task({}).train.monitor

    @cached_property
    def described(self) -> str:
        """What two processes must have in common to work on one study: the config, what varies,
        and how it is searched.
        """
        study = Sweep(
            keys={key: domain.described for key, domain in self.space.domains.items()},
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
        overrides: The overrides of the config, before anything else.

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
        fixed["train.monitor"] = _monitored(base, section.metric)
    search, trials = _search(space, section)
    name = tree.parent.name if isinstance(tree, Path) and tree.name == CONFIG else ""
    name = name or (tree.stem if isinstance(tree, Path) else base.name().rpartition(":")[2])
    recipe = Recipe(tree, overrides, fixed, origins)
    return Plan(section.name or f"{name}-sweep", recipe, space, section, search, trials)


def require_installed(plan: Plan) -> None:
    """The libraries that a plan needs are installed.

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
    own: Sweep | None,
    options: SweepOptions,
) -> Sweep:
    """The section with what the command line has in place of its own."""
    names = [name for name in Sweep.model_fields if name in SweepOptions.__dataclass_fields__]
    given = [
        Placed(f"sweep.{name}", value, f"--{name.replace('_', '-')}")
        for name in names
        if (value := getattr(options, name)) is not None
    ]
    new: list[Override] = [] if own else [{"sweep": {"keys": {}}}]
    task = load_task(tree, [*overrides, *new, *given])
    return task.sweep or Sweep(keys={})


def _origins(
    tree: Path | Mapping[str, Any], overrides: Sequence[Override], section: Sweep
) -> dict[str, str]:
    """Where the keys of a section were written."""
    document = read_config(tree, overrides)
    return {key: f"{document.where(('sweep', 'keys', key))}: sweep.keys" for key in section.keys}


def _space(
    section: Sweep, origins: Mapping[str, str], assignments: Sequence[str]
) -> tuple[Space, Point]:
    """What varies: the keys of the command line in place of the section's own."""
    domains = {}
    for key, values in section.keys.items():
        with at(f"{origins[key]}: {key}"):
            domains[key] = domain_of(values, "")
    named, fixed = read_space(assignments)
    domains = {key: domain for key, domain in domains.items() if key not in fixed}
    space = Space(domains | dict(named.domains))
    space.require()
    return space, fixed


def _keys_of(options: SweepOptions) -> list[str]:
    return [assignment.partition("=")[0] for assignment in options.assignments]


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


def _search(space: Space, section: Sweep) -> tuple[Search, int]:
    """How points are found, and how many."""
    search = section.search
    if search == "grid" and space.size is None:
        keys = ", ".join(space.spans)
        got = f"a range ({keys}), which has no grid"
        raise RnnkitError("--search grid", got, "Expected values, or --search random")
    if search == "auto":  # random where more trials may continue it
        search = "random" if section.trials or space.size is None else "grid"
    whole = USUAL_TRIALS if search == "tpe" or space.size is None else space.size
    trials = section.trials or whole
    return search, trials if space.count is None else min(trials, space.count)
