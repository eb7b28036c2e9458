"""What does not go together in a classifier's config."""

from __future__ import annotations

import re

import pytest

from rnnkit.errors import RnnkitError
from tests.helpers.classified import TEXTS, small

IN_DATA = "split: 0"
ARRAYS = (TEXTS, "{arrays: x.npz}")

WRONG: dict[str, tuple[list[tuple[str, str]], str]] = {
    "fixed": ([(IN_DATA, "batching: fixed, split: 0")], r"data\.batching: .*no data\.max_length"),
    "mask": ([(IN_DATA, "mask: false, split: 0")], r"data\.mask: .*bucket"),
    "padding": ([(IN_DATA, "padding: pre, split: 0")], r"data\.padding: pre"),
    "unroll": (
        [("simple_rnn: 3", "simple_rnn: {units: 3, unroll: true}")],
        r"model\.layers\.0\.simple_rnn\.unroll: true .*`data.batching: fixed`",
    ),
    "labels once": ([(IN_DATA, "labels: [a, b, a], split: 0")], r"data\.labels: .*twice"),
    "labels as text": ([(IN_DATA, "labels: [1, '1'], split: 0")], r"data\.labels: 2 labels"),
    "one label": ([(IN_DATA, "labels: [a], split: 0")], r"data\.labels: .*at least two"),
    "split": (
        [(IN_DATA, "split: {validation: 0.5, test: 0.5}")],
        r"data\.split: .*everything",
    ),
    "no numbers": ([("embedding: 3", "embedding: none")], r"model\.embedding: found 'none'"),
    "f1": ([("epochs: 1", "epochs: 1, monitor: f1")], r"train\.monitor: found 'f1'"),
    "monitor": (
        [("epochs: 1", "epochs: 1, monitor: acuracy")],
        r"train\.monitor: .*Did you mean 'accuracy'",
    ),
    "clean": ([(IN_DATA, "clean: [htm], split: 0")], r"data\.clean\.0: found 'htm'"),
    "vocabulary": (
        [(TEXTS, "imdb"), (IN_DATA, "tokenizer: char, split: 0")],
        r"data\.tokenizer: .*vocab_size",
    ),
    "a text data set": ([(TEXTS, "fable")], r"data\.dataset: 'fable'"),
    "no vector": ([("simple_rnn: 3", "dense: 3")], r"model.*one vector"),
    "numbers embedded": ([ARRAYS], r"model\.embedding: .*numbers"),
    "numbers truncated": (
        [ARRAYS, ("embedding: 3", "embedding: none"), (IN_DATA, "max_length: 5, split: 0")],
        r"data\.max_length: .*numbers",
    ),
    "numbers in place of labels": (
        [(TEXTS, "{csv: {path: t.csv, features: [x]}}")],
        r"data\.dataset: numbers",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_check_sections_names_the_key(name: str) -> None:
    replacements, message = WRONG[name]
    with pytest.raises(RnnkitError) as caught:
        small(*replacements)
    assert re.search(message, str(caught.value))
    assert caught.value.exit_code == 2


def test_check_sections_reports_several_mistakes_together() -> None:
    with pytest.raises(RnnkitError) as caught:
        small(
            (IN_DATA, "batching: fixed, mask: true, padding: pre, labels: [1, '1'], split: 0"),
            ("epochs: 1", "epochs: 1, monitor: f1"),
        )
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == [
        "data.batching",
        "data.padding",
        "data.labels",
        "train.monitor",
    ]


def test_check_sections_takes_what_goes_together() -> None:
    small((IN_DATA, "batching: fixed, max_length: 5, mask: false, padding: pre, split: 0"))
    small(("epochs: 1", "epochs: 1, monitor: accuracy"))
    several = (TEXTS, "{csv: {path: t.csv, label: [a]}}")
    assert small(several, ("epochs: 1", "epochs: 1, monitor: f1")).data.dataset.several
    assert not small(ARRAYS, ("embedding: 3", "embedding: none")).data.reads_text
