"""Findings about leaks of the target: a token or a number that gives the answer away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.audit.finding import Finding, Place, count_and_places
from rnnkit.quantities import counted, percent

ENOUGH = 20  # least rows with a token
SURE = 0.98  # least share of the rows with a token that have the label
MOST = 0.5  # least share of the rows with the label that have the token
NAMED = 0.2  # the same for a token that is the label's name
COMMON = 0.7  # share of all rows from which on a label is too frequent to judge


@dataclass(frozen=True)
class Tokens:
    """The tokens of rows.

    Args:
        flat: The token ids of all rows, concatenated.
        lengths: The tokens of each row, (rows,).
        names: The tokens in the order of their ids.
        place: The place of each row.
    """

    flat: np.ndarray
    lengths: np.ndarray
    names: Sequence[str]
    place: Place

    def rows_with(self, token: int) -> np.ndarray:
        """The rows with a token, ascending."""
        ends = np.cumsum(self.lengths)
        return np.unique(np.searchsorted(ends, np.flatnonzero(self.flat == token), side="right"))


def telling_tokens(tokens: Tokens, targets: np.ndarray, labels: Sequence[str]) -> Iterator[Finding]:
    """Tokens that give a label away: its name in the text, or a mark of its rows.

    Args:
        tokens: The tokens of the training set.
        targets: Label indices, (rows,), or zeros and ones, (rows, labels).
        labels: The names of the labels.
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
            yield _telling_token(
                tokens, int(token), name, int(whole[index]), named=bool(is_name[token])
            )


def _telling_token(tokens: Tokens, token: int, label: str, whole: int, *, named: bool) -> Finding:
    count, rows = count_and_places(tokens.place, tokens.rows_with(token))
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
    """The number of rows of each label with each token, (tokens, labels), and of all rows."""
    size = len(tokens.names)
    row = np.repeat(np.arange(len(tokens.lengths)), tokens.lengths)
    pairs = np.sort(row * size + tokens.flat)
    row, token = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], size)
    rows = np.bincount(token, minlength=size)
    if targets.ndim > 1:
        counts = [np.bincount(token[column[row] > 0], minlength=size) for column in targets.T]
        return np.stack(counts, axis=1), rows
    flat = np.bincount(token * labels + targets[row], minlength=size * labels)
    return flat.reshape(size, labels), rows


def telling_features(
    values: np.ndarray, targets: np.ndarray, place: Place, unit: str, label: str = "the label"
) -> Iterator[Finding]:
    """Features that are the label itself, as a number.

    Args:
        values: (rows, features), NaN where a feature is not a single number in a row.
        targets: Label indices, (rows,).
        place: The place of each row.
        unit: What rows are: "sequences".
        label: The label, in words.
    """
    for feature, column in enumerate(values.T):
        known = np.flatnonzero(~np.isnan(column))
        if len(known) < max(ENOUGH, len(column) / 2):
            continue
        numbers, index = np.unique(column[known], return_inverse=True)
        present = len(np.unique(targets[known]))
        if not 1 < len(numbers) <= 2 * present or present < 2:
            continue
        counts = np.zeros((len(numbers), int(targets.max()) + 1))
        np.add.at(counts, (index, targets[known]), 1)
        right = counts.max(axis=1).sum() / len(known)
        most = counts.sum(axis=0).max() / len(known)
        if right < SURE or most > right - 0.1:
            continue
        count, rows = count_and_places(place, known)
        what = (
            f"feature {feature} alone tells {label} of {percent(right, 1)} of the {unit}: it has"
            f" {len(numbers)} values, one for each label"
        )
        cure = "Remove the feature, if what is predicted later will not have it"
        yield Finding("telling_feature", "high", "train", what, cure, count, rows)


def constant_features(
    low: np.ndarray, high: np.ndarray, names: Sequence[str], unit: str
) -> Iterator[Finding]:
    """Features that are constant in the training set.

    Args:
        low: The least value of each feature, (features,).
        high: The largest value of each feature, (features,).
        names: The names of the features.
        unit: What they are constant over: "steps".
    """
    for index in np.flatnonzero(low == high).tolist():
        what = f"{names[index]} is {low[index]:g} at all {unit} of the training set"
        cure = "Remove the feature: there is nothing to learn from it"
        yield Finding("constant_feature", "medium", "train", what, cure)
