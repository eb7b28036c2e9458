"""Data in memory in place of those that a config names."""

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

EMBEDDING = 64
"""The size of an embedding where a config of data in memory names none."""

HELD_OUT = ("validation", "test")


@dataclass(frozen=True)
class InMemory:
    """Data in memory, as they are given to a training.

    Args:
        data: The data to train on; or a mapping of parts, {"train": ..., "test": ...}.
        held_out: The validation and the test part: a share of the data, or data of their own.
        keys: The keys of the data set, such as {"text": "review"}.
        keep: Whether the run folder keeps them.
    """

    data: object
    held_out: Mapping[str, object] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)
    keep: bool = False

    @property
    def parts(self) -> dict[str, object]:
        """The data of each part that has its own."""
        own = {"train": self.data}
        if isinstance(self.data, Mapping) and {"train"} <= self.data.keys() <= {"train", *HELD_OUT}:
            own = dict(self.data)
        return own | {
            part: data for part, data in self.held_out.items() if not isinstance(data, float | int)
        }

    @property
    def shares(self) -> dict[str, Any]:
        """The shares that are held out, by key of a config."""
        return {
            f"data.split.{part}": share
            for part, share in self.held_out.items()
            if isinstance(share, float | int)
        }


def with_data(
    config: str | Mapping[str, Any], overrides: Sequence[Assignment], data: InMemory
) -> tuple[tuple[Assignment, ...], MemoryData]:
    """The overrides by which a config has data in memory, and the data, which whoever asks the run
    about them has to keep.

    Args:
        config: As in `train`; its own data set is not read, and `model.embedding` may be unset.
        overrides: The overrides of the user.
        data: The data.

    Raises:
        RnnkitError: With the argument, if these are no such data, or a column is not there.
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
    first = "none" if reads_numbers else EMBEDDING
    embeddings = {f"{place}.embedding": first for place in _without_embedding(document.tree)}
    return (
        *overrides,
        *([embeddings] if embeddings else []),
        *([data.shares] if data.shares else []),
        {"data.dataset": dataset},
    ), dataset.held


def require_same_data(run: RunFolder, data: object) -> MemoryData:
    """The data of a run that was trained on data in memory, which are given once more.

    Raises:
        RnnkitError: If they are others, or the run was not trained so.
    """
    dataset = task_of(run).dataset
    if not isinstance(dataset, MemoryDataset):
        got = f"given for {run}, whose config names its data"
        raise RnnkitError("data", got, "Expected a run that was trained on data in memory")
    return dataset.again(InMemory(data).parts)


def _arguments(kind: type[MemoryDataset]) -> list[str]:
    return [name for name in kind.model_fields if name != "fingerprint"]


def _about(kind: type[MemoryDataset]) -> str:
    return (kind.__doc__ or "").partition(" in memory")[0].lower()


def _kind(document: Document, data: InMemory) -> type[MemoryDataset]:
    """The data set for the data of a task."""
    task, name, _ = task_class(document)
    fitting = [
        kind
        for known in DATASETS
        if issubclass(kind := lookup("dataset", known), MemoryDataset)
        and issubclass(kind, _read_by(task))
    ]
    if not fitting:
        got, expected = f"{shown(data.data)} for the task {name}", "Expected a task of rnnkit's own"
        raise RnnkitError("data", got, expected)
    of_numbers = [kind for kind in fitting if issubclass(kind, ArrayDataset)]
    if of_numbers and (len(fitting) == 1 or holds_numbers(data.parts["train"])):
        return of_numbers[0]
    return next(kind for kind in fitting if kind not in of_numbers)


def _read_by(task: type[Spec]) -> tuple[type[Any], ...]:
    """The kinds of data sets that a task reads, by its `data` section."""
    section = task.model_fields.get("data")
    fields = getattr(section.annotation, "model_fields", {}) if section else {}
    if "dataset" not in fields:
        return ()
    kinds = fields["dataset"].annotation
    return tuple(get_args(kinds)) or (kinds,)


def _without_embedding(tree: Any) -> Iterator[str]:
    """The parts of a model that list layers and name no embedding."""
    model = tree.get("model") if isinstance(tree, Mapping) else None
    sections = {"model": model}
    if isinstance(model, Mapping):
        sections |= {f"model.{name}": section for name, section in model.items()}
    for place, section in sections.items():
        if isinstance(section, Mapping) and "layers" in section and "embedding" not in section:
            yield place
