"""Every numeric key and option refuses what is no number that a computation can hold."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Iterator
from typing import Any

import click
import pytest
from pydantic import ValidationError

from rnnkit.cli import main
from rnnkit.config.spec import Spec
from rnnkit.registry import TABLES, lookup
from rnnkit.training.options import Train
from tests.cli.invoke import invoke

NO_NUMBERS = [math.nan, math.inf, -math.inf, True, 10**400, -(10**400), 1e300]
NOT_TYPED = ["nan", "inf", "-inf", "1e400", "9" * 30, "9" * 5000, "true", "1_000", "\u0663", " 3 "]
NOT_TYPED += ["", "0x10", "3.", "+-3", "1,5", "\u22121", "\uff13", "None", "[1]"]

FREE = {"missing"}
"""Keys that are compared with cells, never computed with."""


def members(annotation: Any) -> list[Any]:
    """The members of a union."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [one for item in typing.get_args(annotation) for one in members(item)]
    if typing.get_origin(annotation) is typing.Annotated:
        return members(typing.get_args(annotation)[0])
    return [annotation]


def specs() -> list[type[Spec]]:
    """Every spec that a config can name, and those of its sections."""
    known: dict[type[Spec], None] = {}
    todo: list[Any] = [Train, *(lookup(kind, name) for kind in TABLES for name in TABLES[kind])]
    while todo:
        one = todo.pop()
        if not (isinstance(one, type) and issubclass(one, Spec)) or one in known:
            todo += typing.get_args(one)
            continue
        known[one] = None
        todo += [field.annotation for field in one.model_fields.values()]
    return list(known)


def numeric_fields() -> Iterator[tuple[type[Spec], str]]:
    for spec in specs():
        for name, field in spec.model_fields.items():
            if {int, float} & {one for one in members(field.annotation) if isinstance(one, type)}:
                yield spec, name


def test_every_numeric_key_refuses_what_is_no_number() -> None:
    fields = [(spec, name) for spec, name in numeric_fields() if name not in FREE]
    assert len(fields) > 200
    accepted = []
    for spec, name in fields:
        for value in NO_NUMBERS:
            try:
                spec.model_validate({name: value})
                accepted.append((spec.__name__, name, value))
            except ValidationError as error:
                lines = [line for line in error.errors() if line["loc"][:1] == (name,)]
                if not lines:
                    accepted.append((spec.__name__, name, value))
                for line in lines:
                    assert line["ctx"]["got"], (spec, name)
                    assert line["ctx"]["expected"], (spec, name)
    assert accepted == []


def test_every_numeric_key_that_is_no_text_refuses_text() -> None:
    for spec, name in numeric_fields():
        if str in members(spec.model_fields[name].annotation):
            continue
        with pytest.raises(ValidationError) as caught:
            spec.model_validate({name: "3"})
        assert name in {str(line["loc"][0]) for line in caught.value.errors() if line["loc"]}


def options(
    command: click.Command = main, *verbs: str
) -> Iterator[tuple[tuple[str, ...], click.Parameter]]:
    for parameter in command.params:
        if isinstance(parameter.type, click.types.IntParamType | click.types.FloatParamType):
            yield verbs, parameter
    for name, verb in getattr(command, "commands", {}).items():
        yield from options(verb, *verbs, name)


OPTIONS = list(options())


def test_every_numeric_option_refuses_what_is_no_number() -> None:
    assert len(OPTIONS) > 15
    for verbs, parameter in OPTIONS:
        for text in NOT_TYPED:
            if text in ("3.", "9" * 30) and isinstance(parameter.type, click.FloatRange):
                continue  # numbers in YAML that float32 holds
            with pytest.raises(click.BadParameter) as caught:
                parameter.type.convert(text, parameter, None)
            assert len(str(caught.value)) < 150, (verbs, parameter.name)


@pytest.mark.parametrize(
    ("verbs", "option"),
    [(verbs, parameter.opts[0]) for verbs, parameter in OPTIONS],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_a_verb_names_the_option(verbs: tuple[str, ...], option: str) -> None:
    result = invoke(*verbs, option, "nan")
    assert result.exit_code == 2
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert option in errors[0]
    assert "number" in errors[0]


@pytest.mark.parametrize(
    "override",
    [
        "train.epochs=" + "9" * 5000,
        "train.epochs=-" + "9" * 5000,
        "train.epochs=1e400",
        "train.learning_rate=.nan",
        "train.clip_norm=.inf",
        "train.optimizer={adam: {epsilon: .inf}}",
        "train.checkpoint.keep=" + "9" * 30,
        "generate.top_k=" + "9" * 30,
        "generate.random_seed=1e3000",
        "model.layers.0.simple_rnn.activation_l2=.inf",
    ],
    ids=lambda value: value[:40],
)
def test_check_names_a_key_whose_number_is_none(override: str) -> None:
    result = invoke("check", "fable_simple_rnn", override)
    assert result.exit_code == 2
    assert result.stderr.count("Error: ") == 1
    assert len(result.stderr) < 400
    assert "Expected" in result.stderr
