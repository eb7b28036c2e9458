"""Sections of a tagger's config that contradict each other."""

from __future__ import annotations

import pytest

from rnnkit.errors import RnnkitError
from tests.helpers.tagged import PLAIN, small


@pytest.mark.parametrize(
    ("replacements", "message"),
    [
        ([("embedding: 3", "embedding: none")], r"model\.embedding: .*none"),
        ([("layers: [gru: 3]", "layers: [gru: 3, pool: max]")], r"model\.layers\.1: .*pool"),
        (
            [("layers: [gru: 3]", "layers: [gru: {units: 3, unroll: true}]")],
            r"model\.layers\.0\.gru\.unroll: true",
        ),
        ([("layers: [gru: 3]", "layers: [crf: 3]")], r"model\.layers\.0: .*crf"),
        ([("split: 0", "split: {validation: 0.5, test: 0.5}")], r"data\.split: .*everything"),
        ([("split: 0", "split: 0, labels: [a, a]")], r"data\.labels: .*twice"),
        ([("conll: t.tsv", "csv: t.tsv")], r"data\.dataset: .*csv.*arrays, .*conll, conllu"),
        ([("epochs: 1", "epochs: 1, monitor: f1")], r"train\.monitor: .*f1"),
    ],
)
def test_check_sections_of_sentences(replacements: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        small(PLAIN, *replacements)


@pytest.mark.parametrize("key", ["tags: plain", "max_length: 5", "words: {digits: zero}"])
def test_check_sections_of_numbers_has_no_keys_of_sentences(key: str) -> None:
    arrays = ("conll: t.tsv", "arrays: t.npz"), ("embedding: 3", "embedding: none")
    small(PLAIN, *arrays)
    with pytest.raises(RnnkitError, match=rf"data\.{key.split(':')[0]}: .*numbers"):
        small(PLAIN, *arrays, ("split: 0", f"split: 0, {key}"))
    with pytest.raises(RnnkitError, match=r"model\.embedding: .*Expected none"):
        small(PLAIN, arrays[0])
