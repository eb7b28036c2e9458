"""Hints about answers that are explained work."""

from __future__ import annotations

import pytest

from rnnkit.tasks.capabilities import About
from rnnkit.workflows.inspect.explain import explain
from rnnkit.workflows.inspect.explanation_files import write_page, write_picture
from tests.cures.stories import Story
from tests.helpers.untrained import untrained_run

TINY = """\
task: classification
data: {dataset: {labelled: {texts: {good: [one two], bad: [three four]}}}, split: 0}
model: {embedding: 3, layers: [gru: 3]}
"""
NUMBERS = """\
task: {forecasting: {timesteps: 4}}
data: {dataset: {numbers: [1, 2, 4, 3, 5, 2, 1, 4, 3, 2, 5, 1, 2, 3]}, split: 0}
model: {embedding: none, layers: [gru: 3]}
"""
STREAM = """\
task: {language_model: {stream: true, bptt: 5}}
data: {dataset: fable, split: 0}
model: {embedding: 3, layers: [gru: 3]}
"""


def explained(tree: str, text: str | None, about: About, source: str | None = None) -> str:
    explain(str(untrained_run("tiny", tree)), text, about, source=source)
    return ""


def of_numbers(file: str) -> str:
    found = explain(str(untrained_run("tiny", NUMBERS)), "1 2 3 4", About())
    (write_page if file.endswith(".html") else write_picture)(file, found)
    return ""


def meant(message: str) -> str:
    """The word that a message offers."""
    return message.split("Did you mean '")[1].split("'")[0]


CASES: dict[str, Story] = {
    "label of another name to explain": Story(
        lambda _: explained(TINY, "one two", About("goood")),
        lambda message: explained(TINY, "one two", About(meant(message))),
    ),
    "token of another name to explain": Story(
        lambda _: explained(STREAM, "had a general council", About(at="generall")),
        lambda message: explained(STREAM, "had a general council", About(at=meant(message))),
    ),
    "no text to explain": Story(
        lambda _: explained(TINY, None, About()), lambda _: explained(TINY, "one two", About())
    ),
    "a token of a label": Story(
        lambda _: explained(TINY, "one two", About(at="one")),
        lambda _: explained(TINY, "one two", About()),
    ),
    "a page of numbers": Story(lambda _: of_numbers("why.html"), lambda _: of_numbers("why.png")),
    "series of a run that reads texts": Story(
        lambda _: explained(TINY, None, About(), "series.csv"),
        lambda _: explained(TINY, "one two", About()),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_hints_of_explanations_cure_the_mistake(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    CASES[name].require_cured(tmp_path_factory)
