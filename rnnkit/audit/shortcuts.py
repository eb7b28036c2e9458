"""Leaks of the target: one word, or one number, that tells the answer alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.audit.finding import Finding, Place, rows_at
from rnnkit.quantities import counted

ENOUGH = 20  # rows that a rule must hold for
SURE = 0.98  # of the rows with a token that have one label
MOST = 0.5  # of the rows of a label that have the token
NAMED = 0.2  # of them that have the label's own name
COMMON = 0.7  # of all rows that have the label, where nothing tells it


@dataclass(frozen=True)
class Tokens:
    """The tokens of rows.

    Args:
        flat: Their ids, one row after the other.
        lengths: (rows,) how many each has.
        names: The tokens, in the order of their ids.
        place: Where each row comes from.
    """

    flat: np.ndarray
    lengths: np.ndarray
    names: Sequence[str]
    place: Place

    def rows_with(self, token: int) -> np.ndarray:
        """The rows that have a token, ascending."""
        ends = np.cumsum(self.lengths)
        return np.unique(np.searchsorted(ends, np.flatnonzero(self.flat == token), side="right"))


def telling_tokens(tokens: Tokens, targets: np.ndarray, labels: Sequence[str]) -> Iterator[Finding]:
    """Tokens that tell a label alone: its name in the text, or a mark that its rows have.

    Args:
        tokens: The tokens of the training set.
        targets: (rows,) the index of each row's label, or (rows, labels) zeros and ones.
        labels: Their names.
    """
    counts, rows = _rows_of_tokens(tokens, targets, len(labels))
    several = targets.ndim > 1
    whole = (targets > 0).sum(axis=0) if several else np.bincount(targets, minlength=len(labels))
    folded = np.array([token.casefold() for token in tokens.names], object)
    for index, name in enumerate(labels):
        if whole[index] > COMMON * len(targets):
            continue
        sure = (counts[:, index] >= ENOUGH) & (counts[:, index] >= SURE * rows)
        is_name = folded == name.casefold()
        telling = sure & (counts[:, index] >= np.where(is_name, NAMED, MOST) * whole[index])
        for token in np.flatnonzero(telling)[:1]:
            yield _told(tokens, int(token), name, int(whole[index]), named=bool(is_name[token]))


def _told(tokens: Tokens, token: int, label: str, whole: int, *, named: bool) -> Finding:
    count, rows = rows_at(tokens.place, tokens.rows_with(token))
    word = tokens.names[token]
    what = (
        f"{word!r} is in {counted(count, 'training text')}, and nearly all of them are {label}"
        f" ({whole:,} in all): "
        + ("the text holds its label" if named else "this token alone tells the label")
    )
    cure = "Take it out of the texts, if texts without a label will not have it"
    kind = "label_in_text" if named else "telling_token"
    return Finding(kind, "high" if named else "medium", "train", what, cure, count, rows)


def _rows_of_tokens(
    tokens: Tokens, targets: np.ndarray, labels: int
) -> tuple[np.ndarray, np.ndarray]:
    """How many rows of each label have each token, (tokens, labels), and how many of all do."""
    size = len(tokens.names)
    row = np.repeat(np.arange(len(tokens.lengths)), tokens.lengths)
    each = np.sort(row * size + tokens.flat)
    row, token = np.divmod(each[np.diff(each, prepend=-1) > 0], size)
    rows = np.bincount(token, minlength=size)
    if targets.ndim > 1:
        of_each = [np.bincount(token[own[row] > 0], minlength=size) for own in targets.T]
        return np.stack(of_each, axis=1), rows
    counted = np.bincount(token * labels + targets[row], minlength=size * labels)
    return counted.reshape(size, labels), rows


def telling_features(
    values: np.ndarray, targets: np.ndarray, place: Place, unit: str, label: str = "the label"
) -> Iterator[Finding]:
    """Features that are the label itself, written as a number.

    Args:
        values: (rows, features), NaN where a feature is not one number in a row.
        targets: (rows,) the index of each row's label.
        place: Where each comes from.
        unit: What rows are: "sequences".
        label: What is told.
    """
    for feature, column in enumerate(values.T):
        known = np.flatnonzero(~np.isnan(column))
        if len(known) < max(ENOUGH, len(column) / 2):
            continue
        numbers, kind = np.unique(column[known], return_inverse=True)
        present = len(np.unique(targets[known]))
        if not 1 < len(numbers) <= 2 * present or present < 2:
            continue
        counts = np.zeros((len(numbers), int(targets.max()) + 1))
        np.add.at(counts, (kind, targets[known]), 1)
        right = counts.max(axis=1).sum() / len(known)
        most = counts.sum(axis=0).max() / len(known)
        if right < SURE or most > right - 0.1:
            continue
        count, rows = rows_at(place, known)
        what = (
            f"feature {feature} alone tells {label} of {right:.1%} of the {unit}: it has"
            f" {len(numbers)} values, one for each label"
        )
        cure = "Remove the feature, if what is predicted later will not have it"
        yield Finding("telling_feature", "high", "train", what, cure, count, rows)


def constant_features(
    low: np.ndarray, high: np.ndarray, names: Sequence[str], unit: str
) -> Iterator[Finding]:
    """Features that are the same number everywhere.

    Args:
        low: (features,) their least values in the training set.
        high: The largest.
        names: Theirs.
        unit: What they are constant over: "steps".
    """
    for index in np.flatnonzero(low == high).tolist():
        what = f"{names[index]} is {low[index]:g} at all {unit} of the training set"
        cure = "Remove the feature: there is nothing to learn from it"
        yield Finding("constant_feature", "medium", "train", what, cure)
