"""Passages that two parts of a text share."""

from __future__ import annotations

import numpy as np

from rnnkit.audit.passages import shared_passages

TEXT = np.random.default_rng(0).integers(0, 50, 2_000).astype(np.int32)


def test_shared_passages_names_where_they_begin() -> None:
    held_out = np.concatenate([TEXT[1_500:1_600], TEXT[300:340], TEXT[1_600:1_700]])
    (found,) = shared_passages(TEXT[:1_500], held_out, "validation", 20)
    assert (list(found.rows), found.severity) == (["token 101 of validation"], "high")
    assert "40 of 240" in found.what


def test_shared_passages_finds_none_in_another_text() -> None:
    assert not [*shared_passages(TEXT[:1_500], TEXT[1_500:], "validation", 20)]
    assert not [*shared_passages(TEXT[:10], TEXT[:10], "validation", 20)]
