"""Untranslated, misaligned and dropped pairs."""

from __future__ import annotations

import numpy as np

from rnnkit.audit.pairs import dropped_pairs, misaligned_pairs, untranslated_pairs

SOURCES = [f"this is sentence number {n}" for n in range(40)]
TARGETS = [f"ceci est la phrase numéro {n}" for n in range(40)]


def test_untranslated_pairs_names_targets_that_are_sources() -> None:
    targets = [*TARGETS[:20], SOURCES[20], *TARGETS[21:]]
    (found,) = untranslated_pairs(SOURCES, targets, "row {}".format)
    assert list(found.rows) == ["row 20"]
    assert not [*untranslated_pairs(["Tom", "1 2 1", *SOURCES], ["Tom", "1 2 1", *TARGETS], str)]
    assert not [*untranslated_pairs(SOURCES, SOURCES, str)]  # copying is the task


def test_misaligned_pairs_names_a_line_too_many() -> None:
    lengths = np.arange(5, 45)
    longer = lengths + np.arange(40) % 3
    longer[7] = 80
    (found,) = misaligned_pairs(lengths, longer, "row {}".format)
    assert list(found.rows) == ["row 7"]
    assert not [*misaligned_pairs(lengths, lengths + np.arange(40) % 3, str)]


def test_dropped_pairs_counts_what_is_too_long() -> None:
    assert [finding.count for finding in dropped_pairs(100, 80, "data.source.max_length")] == [20]
    assert not [*dropped_pairs(100, 99, "data.source.max_length")]
