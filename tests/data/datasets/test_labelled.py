"""Labelled texts in the config itself."""

from __future__ import annotations

from typing import Any

import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.labelled import InlineLabelled
from rnnkit.errors import RnnkitError

CONFIG = """\
task: classification
data: {{dataset: {dataset}, split: 0}}
model: {{embedding: one_hot, layers: [simple_rnn: 4]}}
"""


def config(dataset: str) -> Any:
    return parse_config(CONFIG.format(dataset=dataset), "c.yaml")


def test_inline_labelled_load_reads_a_list_of_texts_for_each_label() -> None:
    dataset = config(
        "{labelled: {texts: {good: [fine film, 'well, yes'], bad: [boring]}}}"
    ).data.dataset
    assert dataset == InlineLabelled(texts={"good": ["fine film", "well, yes"], "bad": ["boring"]})
    (part,) = dataset.load().parts.values()
    assert list(part.texts) == ["fine film", "well, yes", "boring"]
    assert list(part.labels) == [("good",), ("good",), ("bad",)]
    assert [part.place(index) for index in range(3)] == [
        f"data.dataset.labelled.texts.{place}" for place in ("good.0", "good.1", "bad.0")
    ]
    (sample,) = dataset.sample().parts.values()
    assert (sample.texts, sample.labels) == (part.texts, part.labels)
    assert not dataset.several


def test_inline_labelled_names_labels_by_the_rule_of_files() -> None:
    dataset = config("{labelled: {texts: {1.0: [fine], 2: [so]}}}").data.dataset
    assert list(dataset.texts) == ["1", "2"]


@pytest.mark.parametrize(
    "texts", ["{}", "{good: [a]}", "[a, b]", "{good: a, bad: b}", "{good: [a], bad: [7]}"]
)
def test_inline_labelled_refuses_wrong_forms(texts: str) -> None:
    with pytest.raises(RnnkitError, match=r"c\.yaml:2: data\.dataset\.labelled\.texts"):
        config(f"{{labelled: {{texts: {texts}}}}}")
