"""Texts as a classifier reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import load_config
from rnnkit.data.encode.words import subwords
from rnnkit.tasks.classification.sections import LONGEST
from rnnkit.tasks.prepared import Source
from tests.helpers.classified import numbered, table, write_pieced, write_verdict


def test_part_reads_empty_texts_as_unknown() -> None:
    rows = [*numbered(8), ("!!!", "a"), ("...", "b")]
    data = table(rows, ("split: 0", "tokenizer: {word: removed}, split: 0")).prepare(Source())
    assert data.parts["train"].whole.lengths.tolist()[-2:] == [1, 1]
    assert any("t.csv: row 10, t.csv: row 11" in note for note in data.notes)


@pytest.mark.parametrize(("side", "kept"), [("pre", ["d", "e"]), ("post", ["a", "b"])])
def test_part_truncates_a_long_text(side: str, kept: list[str]) -> None:
    truncating = ("split: 0", f"max_length: 2, truncating: {side}, split: 0")
    data = table([("a b c d e", "x"), ("f", "y")], truncating).prepare(Source())
    part = data.parts["train"]
    assert data.codec.tokenizer.tokens(part.inputs[0]) == kept
    assert part.whole.lengths[0] == 5  # the baseline reads all of it
    assert any("1 text truncated" in note for note in data.notes)


def test_part_truncates_a_text_beyond_all_bounds() -> None:
    data = table([("word " * (LONGEST + 1), "x"), ("f", "y")]).prepare(Source())
    assert data.parts["train"].inputs.lengths[0] == LONGEST
    assert any("truncated" in note and "t.csv: row 2" in note for note in data.notes)


def test_read_cleans_a_text_by_the_configs_rules(tmp_path: Path) -> None:
    """Case, tags, entities and mentions."""
    write_verdict(tmp_path)
    codec = load_config(tmp_path / "verdict.yaml").prepare(Source()).codec
    raw = ["@Anybody THE  film<br/>&amp; was Lovely", "@Nobody the Film &amp; <b>was</b> LOVELY"]
    for text in raw:
        np.testing.assert_array_equal(
            codec.read([text]).flat, codec.read(["usermention the film & was lovely"]).flat
        )


def test_read_gives_the_subwords_that_the_config_names(tmp_path: Path) -> None:
    write_pieced(tmp_path)
    codec = load_config(tmp_path / "pieced.yaml").prepare(Source()).codec
    expected = subwords(["film"], length=20, shortest=3, longest=4, buckets=500)
    np.testing.assert_array_equal(codec.read(["film"]).flat[:, 1:], expected)


def test_ask_is_a_text_that_a_command_line_takes() -> None:
    """A lone dash would read standard input."""
    task = table([("-", "a"), ("\x1b[31m", "b"), ("first words", "a"), ("second words", "b")])
    assert task.inputs.ask(task.prepare(Source()).parts["train"].examples) == "[31m"
