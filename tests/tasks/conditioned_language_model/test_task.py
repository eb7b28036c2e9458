"""Samples and suggested commands of a conditioned language model."""

from __future__ import annotations

from pathlib import Path

from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from tests.helpers.conditioned import TEXTS, conditioned, random_predictor


def test_sample_has_a_line_for_each_frequent_condition() -> None:
    task = conditioned(texts=[*TEXTS, ("zoe", "fr"), ("ana", "es"), ("eva", "es")])
    data = task.prepare(Source())
    lines = task.sample(random_predictor(task, data), data).split("\n")
    assert [line.split(": ")[0] for line in lines] == ["de", "it", "en", "es"]
    assert not any(mark in line for line in lines for mark in ("<unk>", *ENDS))


def test_next_command_names_the_most_frequent_condition() -> None:
    task = conditioned(texts=[*TEXTS, ("ida", "de")])
    command = task.next_command(RunFolder(Path("runs/names")), task.prepare(Source()))
    assert command == "rnnkit generate runs/names --condition de --num-samples 5"


def test_kind_and_name_of_the_task() -> None:
    task = conditioned()
    assert (task.name(), task.kind()) == ("language_model", "conditioned_language_model")
