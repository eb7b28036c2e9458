"""Hints about data in memory work."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from rnnkit.api.memory_data import errors_suggest_data, further_data, in_memory
from rnnkit.config.spec import validated
from rnnkit.data.datasets.fable import Fable
from rnnkit.data.datasets.memory.series import MemorySeries
from rnnkit.data.datasets.memory.text import MemoryText
from rnnkit.data.datasets.memory.texts import MemoryTexts
from rnnkit.data.memory.arrays import require_known_arrays
from rnnkit.errors import RnnkitError
from rnnkit.tasks.task import load_task
from rnnkit.workflows.evaluate import evaluate
from rnnkit.workflows.in_memory import InMemory, with_data
from tests.cures.stories import Story

FRAME = pd.DataFrame({"sales": [1.0, 2], "price": [3.0, 4]})
CONFIG: dict[str, Any] = {"task": "classification", "model": {"layers": [{"lstm": 2}]}}


def opened(*, keep_data: bool) -> None:
    """Another process opens a run that was trained on a text in memory."""
    given = MemoryText.of({"train": "a text"}, {}, keep_data=keep_data)
    given.keep_in(Path())
    written = given.model_dump()
    del given
    gc.collect()
    dataset = validated(MemoryText, written)
    dataset.found_in(Path())
    dataset.load()


def kept(label: object, **keep: bool) -> None:
    keeps = keep.get("keep_data", True)
    table = {"text": ["a", "b"], "label": [1, label]}
    MemoryTexts.of({"train": table}, {}, keep_data=keeps).keep_in(Path())


def argument(message: str) -> dict[str, Any]:
    (code,) = re.findall(r"`(\w+=.+?)`$|with (\w+=\w+)", message)
    return dict(eval(f"dict({next(filter(None, code))})"))


def unknown_to_train(name: str) -> str:
    try:
        in_memory(FRAME, {name: "sales"})
    except TypeError as error:
        return str(error)
    return ""


def of_a_classifier(**keys: str) -> None:
    with_data(CONFIG, (), InMemory((["a"], ["x"]), keys=keys))


def meant(message: str) -> str:
    return message.split("Did you mean '")[1].split("'")[0]


CASES = {
    "data that no folder keeps": Story(
        lambda _: opened(keep_data=False), lambda message: opened(**argument(message))
    ),
    "column that cannot be kept": Story(
        lambda _: kept("two"), lambda message: kept("two", **argument(message))
    ),
    "series without a target": Story(
        lambda _: MemorySeries.of({"train": FRAME}, {}),
        lambda message: MemorySeries.of({"train": FRAME}, argument(message)),
    ),
    "column without data": Story(
        lambda _: in_memory(None, {"text": "sales"}), lambda _: in_memory(FRAME, {"text": "sales"})
    ),
    "argument of another name": Story(
        lambda _: unknown_to_train("lable"), lambda message: unknown_to_train(meant(message))
    ),
    "argument of another task": Story(
        lambda _: of_a_classifier(labels="label"),
        lambda message: of_a_classifier(**{meant(message): "label"}),
    ),
}

FABLE: Any = SimpleNamespace(task=SimpleNamespace(dataset=Fable()))


def parts_scored(part: str) -> None:
    """A known part is asked of a run, which is not there."""
    try:
        evaluate("nowhere", [part])
    except RnnkitError as error:
        if error.where == "--part":
            raise


def checked_without_data() -> None:
    with errors_suggest_data():
        load_task({**CONFIG, "model": {**CONFIG["model"], "embedding": 2}})


CASES |= {
    "config without data": Story(
        lambda _: checked_without_data(),
        lambda _: with_data(CONFIG, (), InMemory((["a", "b"], ["x", "y"]))),
    ),
    "column to score without data": Story(
        lambda _: further_data(FABLE, None, {"text": "a"}),
        lambda _: further_data(FABLE, FRAME, {"text": "a"}),
    ),
    "text in place of a path": Story(
        lambda _: further_data(FABLE, "a mouse", {}), lambda _: further_data(FABLE, ["a mouse"], {})
    ),
    "separator of data in memory": Story(
        lambda _: further_data(FABLE, FRAME, {"separator": ";"}),
        lambda _: further_data(FABLE, "a.csv", {"separator": ";"}),
    ),
    "percentage": Story(
        lambda _: in_memory(FRAME, {"validation": "20%"}),
        lambda message: in_memory(FRAME, argument(message)),
    ),
    "array of another name": Story(
        lambda _: require_known_arrays(["x", "name"]),
        lambda message: require_known_arrays(["x", meant(message)]),
    ),
    "part of another name": Story(
        lambda _: parts_scored("tset"), lambda message: parts_scored(meant(message))
    ),
    "array that nothing reads": Story(
        lambda _: require_known_arrays(["x", "zebra"]), lambda _: require_known_arrays(["x"])
    ),
    "file in place of data": Story(
        lambda _: of_a_classifier_on("reviews.csv"),
        lambda _: load_task(
            {**CONFIG, "model": {**CONFIG["model"], "embedding": 2}},
            [{"data.dataset": {"csv": "reviews.csv"}}],
        ),
    ),
}


def of_a_classifier_on(data: object) -> None:
    with_data(CONFIG, (), InMemory(data))


@pytest.mark.parametrize("name", CASES)
def test_hints_about_data_in_memory_cure_the_mistake(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    CASES[name].require_cured(tmp_path_factory)
