"""Plans the trainings of a duel and their run folders."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rnnkit.config import dump_config, parse_config
from rnnkit.config.changes import changes
from rnnkit.config.overrides import Override
from rnnkit.errors import RnnkitError
from rnnkit.names import CONFIG, find_config
from rnnkit.platform.names import portable
from rnnkit.quantities import percent
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.compare.cells import with_cell
from rnnkit.workflows.planned import Planned, planned_folder

BASE = "compare.yaml"
"""The config of a duel, in its folder."""

FRACTIONS = (0.1, 0.2, 0.4, 0.8, 1.0)
"""The fractions of the training set of a learning curve."""


@dataclass(frozen=True)
class CompareOptions:
    """The options of a comparison by training.

    Args:
        config: The path or name of the config, or the config itself as a mapping.
        overrides: Assignments such as "train.epochs=3".
        layers: The recurrent layers to compare; empty for the config's own alone.
        random_seeds: The number of seeds for each, counted up from the config's own.
        learning_curve: Whether each is also trained on FRACTIONS of the training set.
        metric: The score; None for the default of the task.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
    """

    config: str | Mapping[str, Any]
    overrides: Sequence[Override] = ()
    layers: Sequence[str] = ()
    random_seeds: int = 3
    learning_curve: bool = False
    metric: str | None = None
    device: str = "auto"
    backend_name: str | None = None


@dataclass(frozen=True)
class Training(Planned):
    """One training of a duel.

    Args:
        seed: The random seed.
        fraction: The fraction of the training set that it is trained on.
    """

    seed: int
    fraction: float

    def __str__(self) -> str:
        fraction = f", {percent(self.fraction)} of the data" if self.fraction < 1 else ""
        return f"{self.name}, seed {self.seed}{fraction}"


@dataclass(frozen=True)
class Plan:
    """The trainings of a duel.

    Args:
        folder: The folder of the runs.
        trainings: The trainings in order: one seed of every contender before the next seed.
        notes: Remarks to log before the first training.
    """

    folder: Path
    trainings: Sequence[Training]
    notes: Sequence[str] = field(default_factory=list)


def make_plan(options: CompareOptions) -> Plan:
    """Checks the options, and opens the folder of an earlier call or creates a new one.

    Raises:
        RnnkitError: If the config, a layer or a number is wrong.
    """
    tree = options.config if isinstance(options.config, Mapping) else find_config(options.config)
    base = load_task(tree, options.overrides)
    if options.learning_curve:
        _require_curve(base)
    name = _name(tree, base)
    contenders, notes = {name: base}, list[str]()
    if options.layers:
        contenders = {}
        for layer in options.layers:
            if layer in contenders:
                raise RnnkitError("--layers", f"{layer!r} twice", "Expected each once")
            contenders[layer], dropped = with_cell(base, layer)
            if dropped:
                notes.append(f"{layer} has no {', '.join(dropped)}: trained without")
    config_text, is_same = dump_config(base), partial(_is_same_config, base)
    folder = planned_folder(f"{name}-compare", BASE, config_text, is_same)
    fractions = FRACTIONS if options.learning_curve else (1.0,)
    trainings = [
        _training(folder, contender, task, seed, fraction)
        for seed in range(base.train.random_seed, base.train.random_seed + options.random_seeds)
        for fraction in reversed(fractions)
        for contender, task in contenders.items()
    ]
    return Plan(folder, trainings, notes)


def _is_same_config(base: Task, text: str) -> bool:
    """Whether the text of a config, perhaps of another version of rnnkit, has the same meaning."""
    with contextlib.suppress(RnnkitError):
        return not changes(base, parse_config(text))
    return False


def _name(tree: Path | Mapping[str, Any], task: Task) -> str:
    if not isinstance(tree, Path):
        return task.name().rpartition(":")[2]
    return tree.parent.name if tree.name == CONFIG else tree.stem


def _require_curve(base: Task) -> None:
    """Checks that a learning curve is possible: the data have a validation part, and the smallest
    fraction of the training set can be trained on.

    Raises:
        RnnkitError: If it is not.
    """
    if not hasattr(getattr(base, "data", None), "split"):
        got = f"a {base.kind()} config, whose data have no split"
        raise RnnkitError("--learning-curve", got, "Expected data that are split")
    try:
        data = _with_fraction(base, FRACTIONS[0]).prepare(Source())
    except RnnkitError as error:
        got = f"{percent(FRACTIONS[0])} of the training set cannot be trained on: {error}"
        raise RnnkitError("--learning-curve", got, "Expected more data") from None
    if "validation" not in data.parts:
        expected = "Expected a validation part, which every size is scored on"
        raise RnnkitError("--learning-curve", "nothing is held out", expected)


def _with_fraction(task: Task, fraction: float) -> Task:
    data = task.data  # type: ignore[attr-defined]
    split = data.split.model_copy(update={"train_fraction": fraction})
    return task.model_copy(update={"data": data.model_copy(update={"split": split})})


def _training(folder: Path, name: str, task: Task, seed: int, fraction: float) -> Training:
    train = task.train.model_copy(update={"random_seed": seed})
    task = task if fraction == 1 else _with_fraction(task, fraction)
    task = task.model_copy(update={"train": train})
    suffix = f"-{100 * fraction:.0f}" if fraction < 1 else ""
    run = RunFolder(folder / f"{portable(name.replace(':', '.'))}-seed{seed}{suffix}")
    return Training(name, task, run, seed, fraction)
