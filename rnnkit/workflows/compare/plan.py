"""What a duel trains, where each run is, and which of them are done."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnkit.config import dump_config, parse_config
from rnnkit.config.changes import changes
from rnnkit.config.overrides import Override
from rnnkit.errors import RnnkitError
from rnnkit.names import CONFIG, find_config
from rnnkit.platform.names import portable
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.compare.cells import with_cell
from rnnkit.workflows.planned import Planned, folder_of

BASE = "compare.yaml"
"""The config of a duel, in its folder."""

FRACTIONS = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Of the training set, of a learning curve."""


@dataclass(frozen=True)
class CompareOptions:
    """The options of a comparison by training.

    Args:
        config: Its path or name, or the config itself as a mapping.
        overrides: Assignments such as "train.epochs=3".
        layers: The recurrent layers to exchange; none for those of the config alone.
        random_seeds: How many seeds each is trained with, from the config's own on.
        learning_curve: Whether each is trained on a tenth, a fifth and so on of the training set
            too.
        metric: The score; None for the usual one.
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
        seed: Its random seed.
        fraction: The fraction of the training set.
    """

    seed: int
    fraction: float

    def __str__(self) -> str:
        of = f", {self.fraction:.0%} of the data" if self.fraction < 1 else ""
        return f"{self.name}, seed {self.seed}{of}"


@dataclass(frozen=True)
class Plan:
    """A duel.

    Args:
        folder: Where its runs are.
        trainings: In their order: each seed of every contender before the next seed.
        notes: What is to be said before.
    """

    folder: Path
    trainings: Sequence[Training]
    notes: Sequence[str] = field(default_factory=list)


def make_plan(options: CompareOptions) -> Plan:
    """Checks the options, and finds the folder of an earlier call or makes a new one.

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
            contenders[layer], lost = with_cell(base, layer)
            if lost:
                notes.append(f"{layer} has no {', '.join(lost)}: trained without")
    folder = folder_of(f"{name}-compare", BASE, dump_config(base), lambda text: _says(text, base))
    fractions = FRACTIONS if options.learning_curve else (1.0,)
    trainings = [
        _training(folder, who, task, seed, fraction)
        for seed in range(base.train.random_seed, base.train.random_seed + options.random_seeds)
        for fraction in reversed(fractions)
        for who, task in contenders.items()
    ]
    return Plan(folder, trainings, notes)


def _says(text: str, base: Task) -> bool:
    """Whether a config, perhaps of another version, is the same."""
    with contextlib.suppress(RnnkitError):
        return not changes(base, parse_config(text))
    return False


def _name(tree: Path | Mapping[str, Any], task: Task) -> str:
    if not isinstance(tree, Path):
        return task.name().rpartition(":")[2]
    return tree.parent.name if tree.name == CONFIG else tree.stem


def _require_curve(base: Task) -> None:
    """The data have a part that every size is scored on, and the smallest size is enough.

    Raises:
        RnnkitError: If not.
    """
    if not hasattr(getattr(base, "data", None), "split"):
        got = f"a {base.kind()} config, whose data have no split"
        raise RnnkitError("--learning-curve", got, "Expected data that are split")
    try:
        data = _of_fraction(base, FRACTIONS[0]).prepare(Source())
    except RnnkitError as error:
        got = f"{FRACTIONS[0]:.0%} of the training set cannot be trained on: {error}"
        raise RnnkitError("--learning-curve", got, "Expected more data") from None
    if "validation" not in data.parts:
        expected = "Expected a validation part, which every size is scored on"
        raise RnnkitError("--learning-curve", "nothing is held out", expected)


def _of_fraction(task: Task, fraction: float) -> Task:
    data = task.data  # type: ignore[attr-defined]
    split = data.split.model_copy(update={"train_fraction": fraction})
    return task.model_copy(update={"data": data.model_copy(update={"split": split})})


def _training(folder: Path, name: str, task: Task, seed: int, fraction: float) -> Training:
    train = task.train.model_copy(update={"random_seed": seed})
    whole = task if fraction == 1 else _of_fraction(task, fraction)
    own = whole.model_copy(update={"train": train})
    part = f"-{fraction:.0%}".rstrip("%") if fraction < 1 else ""
    kind = portable(name.replace(":", "."))
    return Training(name, own, RunFolder(folder / f"{kind}-seed{seed}{part}"), seed, fraction)
