"""Training on data in memory instead of the data set that a config names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from rnnkit.config import read_config, task_class
from rnnkit.config.document import Document
from rnnkit.config.mistakes import shown
from rnnkit.config.overrides import Assignment
from rnnkit.config.spec import Spec
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.kinds.series import SeriesDataset
from rnnkit.data.datasets.memory.base import MemoryDataset
from rnnkit.data.memory.arrays import holds_numbers
from rnnkit.data.memory.data import MemoryData
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.names import find_config
from rnnkit.registry import DATASETS, lookup
from rnnkit.run import RunFolder
from rnnkit.tasks.task import task_of

DEFAULT_EMBEDDING = 64
"""The embedding size for data in memory if the config sets none."""

HELD_OUT = ("validation", "test")


@dataclass(frozen=True)
class InMemory:
    """The data in memory that a training is called with.

    Args:
        data: The data to train on, or a mapping of parts: {"train": ..., "test": ...}.
        held_out: "validation" and "test", each as a fraction of the data or as separate data.
        keys: The keys of the data set, such as {"text": "review"}.
        keep: Whether the run folder stores a copy of the data.
    """

    data: object
    held_out: Mapping[str, object] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)
    keep: bool = False

    @property
    def parts(self) -> dict[str, object]:
        """The parts that are given as data, not as fractions."""
        parts = {"train": self.data}
        if isinstance(self.data, Mapping) and {"train"} <= self.data.keys() <= {"train", *HELD_OUT}:
            parts = dict(self.data)
        return parts | {
            part: data for part, data in self.held_out.items() if not isinstance(data, float | int)
        }

    @property
    def shares(self) -> dict[str, Any]:
        """The fractions that are held out, by config key."""
        return {
            f"data.split.{part}": fraction
            for part, fraction in self.held_out.items()
            if isinstance(fraction, float | int)
        }


def with_data(
    config: str | Mapping[str, Any], overrides: Sequence[Assignment], data: InMemory
) -> tuple[tuple[Assignment, ...], MemoryData]:
    """The overrides that replace a config's data set by data in memory, and these data, which the
    caller keeps to evaluate the run.

    Args:
        config: As in `train`; its data set is not read, and `model.embedding` may be unset.
        overrides: The user's overrides.
        data: The data.

    Raises:
        RnnkitError: If the data do not fit the task, an argument is unknown, or a column is
            missing.
    """
    tree = config if isinstance(config, Mapping) else find_config(config)
    document = read_config(tree, overrides)
    kind = _kind(document, data)
    if unknown := [key for key in data.keys if key not in _arguments(kind)]:
        known = _arguments(kind)
        got = f"not an argument of these data ({_about(kind)})"
        raise RnnkitError(
            unknown[0], got, f"They have: {', '.join(known)}", did_you_mean(unknown[0], known)
        )
    dataset = kind.of(data.parts, data.keys, keep_data=data.keep)
    reads_numbers = issubclass(kind, ArrayDataset | SeriesDataset)
    embedding = "none" if reads_numbers else DEFAULT_EMBEDDING
    sections = _without_embedding(document.tree)
    embeddings = {f"{section}.embedding": embedding for section in sections}
    return (
        *overrides,
        *([embeddings] if embeddings else []),
        *([data.shares] if data.shares else []),
        {"data.dataset": dataset},
    ), dataset.held


def require_same_data(run: RunFolder, data: object) -> MemoryData:
    """Checks that data in memory are those that a run was trained on, and returns them.

    Raises:
        RnnkitError: If they differ, or the run was not trained on data in memory.
    """
    dataset = task_of(run).dataset
    if not isinstance(dataset, MemoryDataset):
        got = f"given for {run}, whose config names its data"
        raise RnnkitError("data", got, "Expected a run that was trained on data in memory")
    return dataset.again(InMemory(data).parts)


def _arguments(kind: type[MemoryDataset]) -> list[str]:
    return [name for name in kind.model_fields if name != "fingerprint"]


def _about(kind: type[MemoryDataset]) -> str:
    """The kind of data in a few words, from the docstring of its class."""
    return (kind.__doc__ or "").partition(" in memory")[0].lower()


def _kind(document: Document, data: InMemory) -> type[MemoryDataset]:
    """The class of data set for these data, among those that the task reads."""
    task, name, _ = task_class(document)
    fitting = [
        kind
        for name_in_registry in DATASETS
        if issubclass(kind := lookup("dataset", name_in_registry), MemoryDataset)
        and issubclass(kind, _read_by(task))
    ]
    if not fitting:
        got, expected = f"{shown(data.data)} for the task {name}", "Expected a task of rnnkit's own"
        raise RnnkitError("data", got, expected)
    numeric = [kind for kind in fitting if issubclass(kind, ArrayDataset)]
    if numeric and (len(fitting) == 1 or holds_numbers(data.parts["train"])):
        return numeric[0]
    return next(kind for kind in fitting if kind not in numeric)


def _read_by(task: type[Spec]) -> tuple[type[Any], ...]:
    """The classes of data sets that a task reads, from the annotation of `data.dataset`."""
    section = task.model_fields.get("data")
    fields = getattr(section.annotation, "model_fields", {}) if section else {}
    if "dataset" not in fields:
        return ()
    kinds = fields["dataset"].annotation
    return tuple(get_args(kinds)) or (kinds,)


def _without_embedding(tree: Any) -> Iterator[str]:
    """The paths of the model sections that list layers but set no embedding."""
    model = tree.get("model") if isinstance(tree, Mapping) else None
    sections = {"model": model}
    if isinstance(model, Mapping):
        sections |= {f"model.{name}": section for name, section in model.items()}
    for path, section in sections.items():
        if isinstance(section, Mapping) and "layers" in section and "embedding" not in section:
            yield path
