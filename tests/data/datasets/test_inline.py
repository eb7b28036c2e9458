"""A text in the config itself."""

from __future__ import annotations

from typing import Any

import pytest

from rnnkit.config import parse_config
from rnnkit.data.dataset import Corpus
from rnnkit.data.datasets.inline import Inline
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source

CONFIG = """\
task: {{language_model: 1}}
data: {{dataset: {dataset}, split: 0}}
model: {{embedding: one_hot, layers: [simple_rnn: 4]}}
"""


def config(dataset: str) -> Any:
    return parse_config(CONFIG.format(dataset=dataset), "c.yaml")


@pytest.mark.parametrize(
    "dataset", ["{inline: give me new sample}", "{inline: {text: give me new sample}}"]
)
def test_inline_load_and_sample_give_the_text(dataset: str) -> None:
    inline = config(dataset).data.dataset
    assert inline == Inline(text="give me new sample")
    assert inline.load() == inline.sample() == Corpus("give me new sample")


def test_inline_load_keeps_line_breaks_and_marks() -> None:
    assert (
        config('{inline: "Héllo,\\n wörld: 😀"}').data.dataset.load().train == "Héllo,\n wörld: 😀"
    )


def test_inline_prepare_gives_the_three_steps_of_the_toy() -> None:
    data = config("{inline: give me new sample}").prepare(Source())
    inputs, targets, weights = data.train.shuffled(0, 0, 0)
    pairs = {
        (data.codec.tokenizer.text(row), data.codec.tokenizer.text([target]))
        for row, target in zip(inputs, targets, strict=True)
    }
    assert pairs == {("give", "me"), ("me", "new"), ("new", "sample")}
    assert weights.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "dataset", ["inline", "{inline: }", "{inline: ''}", "{inline: 7}", "{inline: {words: a b}}"]
)
def test_inline_refuses_wrong_forms(dataset: str) -> None:
    with pytest.raises(RnnkitError, match=r"c\.yaml:2: data\.dataset"):
        config(dataset)


@pytest.mark.parametrize("text", ["give", "' '", "'...'"])
def test_inline_prepare_refuses_a_text_without_a_single_step(text: str) -> None:
    tokenizer = "word: removed"
    made = parse_config(
        CONFIG.format(dataset=f"{{inline: {text}}}, tokenizer: {{{tokenizer}}}"), "c.yaml"
    )
    with pytest.raises(RnnkitError) as caught:
        made.prepare(Source())
    assert caught.value.exit_code == 2
