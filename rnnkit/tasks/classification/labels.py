"""The labels in the raw data: fitting them, and refusing what cannot be learned or predicted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.encode.labels import Labels
from rnnkit.data.raw.label_names import label_name, listed, on_one_line
from rnnkit.data.raw.labelled import Examples, label_counts, places
from rnnkit.errors import RnnkitError, setting
from rnnkit.models.activations import sigmoid, softmax
from rnnkit.quantities import counted

FEW_LABELS = 3
RIGHT_COLUMN = "Is it the right column?"


def fit_labels(train: Examples, names: Sequence[object] | None, several: bool) -> Labels:
    """The labels of the training set.

    Args:
        train: Its examples.
        names: The labels that may occur; None for those of the examples.
        several: Whether a text may have several labels, or none.

    Raises:
        RnnkitError: If there are fewer than two labels.
    """
    counts = label_counts(train.labels)
    known = tuple(sorted(counts)) if names is None else tuple(map(label_name, names))
    if not several:
        _require_two_labels(counts)
    elif not known:
        got = "no text of the training set has a label"
        raise RnnkitError("data.dataset", got, "Expected some that have", RIGHT_COLUMN)
    labels = Labels(known, (0,) * len(known), len(train), several).untuned()
    return labels.with_counts(counts)


def refit_labels(
    train: Examples, start: Labels, names: Sequence[object] | None, several: bool
) -> Labels:
    """The labels of a training that starts from another run: that run's, counted in this training
    set, if they cover the data; otherwise those of the data, which need a new head.

    Args:
        train: The examples of the training set.
        start: The labels of the run to start from.
        names: As in `fit_labels`; if given, no other label may be predicted.
        several: Whether a text may have several labels, or none.
    """
    labels = fit_labels(train, names, several)
    are_covered = all(name in start for name in labels.names)
    if start.several != several or not are_covered or (names and len(labels) < len(start)):
        return labels
    kept = replace(start, texts=len(train)).untuned()
    return kept.with_counts(label_counts(train.labels))


def new_head(layer: str, start: Labels, labels: Labels) -> dict[str, str]:
    """The output layer, with the reason, if the run to start from has other labels; else empty."""
    if (start.names, start.several) == (labels.names, labels.several):
        return {}
    return {layer: f"its labels are {listed(labels.names)}; before: {listed(start.names)}"}


def require_known_labels(
    examples: Examples, labels: Labels, part: str, *, of_run: bool = False
) -> None:
    """Refuses labels that the model cannot predict.

    Args:
        examples: A part of the data.
        labels: The labels that the model predicts.
        part: The part's name.
        of_run: Whether these are the labels of a trained run.

    Raises:
        RnnkitError: With the place of the first such label, and the cure for its part.
    """
    if all(name in labels for names in set(examples.labels) for name in names):
        return
    for index, names in enumerate(examples.labels):
        unknown = next((name for name in names if name not in labels), None)
        if unknown is not None:
            source, hint = _label_source(part, of_run)
            got = f"the label {on_one_line(unknown)!r}, which {source} does not have"
            expected = f"Expected one of: {listed(labels.names)}"
            raise RnnkitError(examples.place(index), got, expected, hint)


def _label_source(part: str, of_run: bool) -> tuple[str, str]:
    """Where the labels of a part are defined, and the cure for an unknown one."""
    if part == "data" or (part == "train" and of_run):
        return "the run", "Correct the row: the run gives no other label"
    if part == "train":
        return "`data.labels`", "Correct the row, or add the label to `data.labels`"
    return "the training set", "Correct the row, or name all labels in `data.labels`"


def require_shared_labels(train: Examples) -> None:
    """Refuses a label column whose values are nearly all different, such as an id or a title.

    Raises:
        RnnkitError: With some of the values.
    """
    counts = label_counts(train.labels)
    _require_two_labels(counts)
    if len(counts) > max(FEW_LABELS, 0.75 * len(train)):
        examples = ", ".join(repr(on_one_line(name)) for name in list(counts)[:3])
        labels, texts = counted(len(counts), "different label"), counted(len(train), "text")
        got = f"{labels} for {texts}, such as {examples}"
        expected = "Expected labels that texts have in common"
        raise RnnkitError("data.dataset", got, expected, RIGHT_COLUMN)


def _require_two_labels(counts: Mapping[str, int]) -> None:
    if len(counts) < 2:
        ((name, count),) = counts.items()
        got = (
            f"the training set has one label only: {on_one_line(name)!r}, {counted(count, 'time')}"
        )
        raise RnnkitError("data.dataset", got, "Expected at least two", RIGHT_COLUMN)


def rare_labels(train: Examples) -> list[str]:
    """A remark on labels that only one training text has, often a typing error."""
    counts = label_counts(train.labels)
    rare = [
        f"{on_one_line(name)!r} ({train.place(row)})"
        for row, label in enumerate(train.labels)
        for name in label
        if counts[name] == 1
    ]
    if not rare:
        return []
    named = counted(len(rare), "label has", "labels have")
    return [f"{named} one training text only: {places(rare)}"]


def alike_labels(train: Examples) -> list[str]:
    """A remark on labels that differ only in case or white space."""
    alike: dict[str, list[str]] = {}
    for name in sorted(label_counts(train.labels)):
        alike.setdefault("".join(name.casefold().split()), []).append(repr(on_one_line(name)))
    groups = [" and ".join(names) for names in alike.values() if len(names) > 1]
    return [f"labels that differ in case or white space alone: {places(groups)}"] if groups else []


def joined_labels(train: Examples, dataset: Dataset) -> list[str]:
    """A remark on labels that may be several, joined by a delimiter other than the data set's."""
    is_joined = getattr(dataset, "multi_label", False)
    if not is_joined or any(len(label) > 1 for label in train.labels):
        return []
    counts = label_counts(train.labels)
    for delimiter in ",;/+":
        pieces = Counter(piece for name in counts for piece in name.split(delimiter))
        several = [name for name in counts if delimiter in name]
        if several and max(pieces.values()) > 1:
            key = dataset.config_key("label_delimiter")
            return [
                f"no text has several labels: if {on_one_line(several[0])!r} are several,"
                f" {setting(key, delimiter)}"
            ]
    return []


def probabilities(logits: np.ndarray, labels: Labels) -> np.ndarray:
    """Probabilities, (texts, labels), from (texts, outputs) logits."""
    if labels.several:
        return sigmoid(logits)
    if labels.outputs == 1:
        return softmax(np.concatenate([np.zeros_like(logits), logits], axis=1))
    return softmax(logits)
