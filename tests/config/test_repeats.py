"""A list of names says each once, whatever key it is of."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pytest
from pydantic import ValidationError

from rnnkit.config import parse_config
from rnnkit.config.repeats import lists_names
from rnnkit.config.spec import Spec
from tests.config.base import mistakes, with_line
from tests.config.test_numbers import specs


class Own(Spec):
    repeating: ClassVar[tuple[str, ...]] = ("words",)

    columns: str | list[str | int] | None = None
    rules: list[Literal["html", "links"]] | None = None
    marks: list[str | int | float] | None = None
    sizes: list[int] | None = None
    words: list[str] | None = None
    texts: dict[str, list[str]] | None = None


@pytest.mark.parametrize(
    "keys", [{"columns": ["a", 1, "a"]}, {"rules": ["html", "html"]}, {"marks": [0.0, "?", 0]}]
)
def test_names_come_once(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="twice"):
        Own.model_validate(keys)
    with pytest.raises(ValidationError, match=r"(?s)unknown.*twice"):
        Own.model_validate({**keys, "collumns": 1})


@pytest.mark.parametrize(
    "keys",
    [
        {"columns": ["a", "A", 1]},
        {"sizes": [8, 8]},
        {"words": ["a", "a"]},
        {"texts": {"good": ["a", "a"]}},
    ],
)
def test_numbers_and_texts_of_the_data_may_come_again(keys: dict[str, Any]) -> None:
    assert Own.model_validate(keys).model_dump(include=set(keys)) == keys


def test_components_come_once_and_layers_as_often_as_one_likes() -> None:
    found = mistakes(with_line("train:", "generate: {samplers: [min_p: 0.1, min_p: 0.1]}\ntrain:"))
    assert len(found) == 1
    assert "samplers.1: the same" in found[0]
    assert parse_config(with_line("    - lstm: 32", "    - lstm: 32\n    - lstm: 32"))


def test_lists_of_the_catalogue_that_may_repeat_are_layers_and_data() -> None:
    repeating = {
        name
        for spec in specs()
        for name, field in spec.model_fields.items()
        if name in spec.repeating and lists_names(field.annotation)
    }
    assert repeating == {"layers", "sentences"}
