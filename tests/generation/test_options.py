"""The options of generation: their ranges, which exclude each other, and how the user's go over the
run's own.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rnnkit.cli.generate import generate as command
from rnnkit.errors import RnnkitError
from rnnkit.generation.options import Generate
from rnnkit.workflows.generate import merged


def mistake(**options: Any) -> str:
    """What is said about options of a config's `generate:` section."""
    with pytest.raises(ValidationError) as caught:
        Generate.model_validate(options)
    (line,) = caught.value.errors()
    return f"{line['loc']}: {line['ctx']['got']}. {line['ctx']['expected']}. {line['ctx']['hint']}"


def refused(defaults: dict[str, Any], **given: Any) -> str:
    with pytest.raises(RnnkitError) as caught:
        merged(Generate.model_validate(defaults), given)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_generate_defaults_are_greedy() -> None:
    options = Generate()
    assert (
        options.temperature,
        options.beam_size,
        options.num_samples,
        options.max_new_tokens,
        options.longest,
    ) == (0, 1, 1, None, 32)
    assert (
        options.top_k,
        options.top_p,
        options.repetition_penalty,
        options.stop,
        options.random_seed,
    ) == (None, None, None, None, None)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("max_new_tokens", [None, 1, 1_000_000], [0, -1, 1_000_001, 1.5, "3", True]),
        ("num_samples", [1, 10_000], [0, 10_001]),
        ("random_seed", [None, 0, 2**53], [-1, 0.5, 2**64]),
        ("repetition_penalty", [None, 0.01, 1, 100], [0, -1, 101, float("nan")]),
        ("top_k", [None, 1, 10**9], [0, -1, 2.5]),
        ("temperature", [0.1, 1, 100], [-0.1, 101, float("nan"), float("inf"), "hot"]),
        ("top_p", [None, 0.001, 1], [0, -0.1, 1.001, float("nan")]),
        ("beam_size", [1, 2, 1000], [0, 1001]),
        ("length_penalty", [0, 0.6, 10], [-0.1, 11, float("nan")]),
        ("stop", [None, ".", "the end"], ["", 3]),
    ],
)
def test_generate_ranges(name: str, right: list[Any], wrong: list[Any]) -> None:
    base = {"beam_size": {}, "length_penalty": {}}.get(name, {"temperature": 1.0})
    for value in right:
        assert getattr(Generate.model_validate({**base, name: value}), name) == value
    for value in wrong:
        assert mistake(**{**base, name: value}).startswith(f"('{name}',): found"), value


def test_generate_top_k_and_top_p_need_a_temperature() -> None:
    for name in ("top_k", "top_p"):
        said = mistake(**{name: 1})
        assert name in said
        assert "temperature 0" in said
        assert getattr(Generate.model_validate({name: 1, "temperature": 0.5}), name) == 1


def test_generate_several_samples_need_a_temperature_or_beams() -> None:
    assert "temperature 0" in mistake(num_samples=3)
    assert "beam" in mistake(num_samples=3, beam_size=2)
    assert Generate(num_samples=3, temperature=1.0).num_samples == 3
    assert Generate(num_samples=3, beam_size=3).num_samples == 3


def test_generate_beam_takes_no_temperature() -> None:
    assert "beam_size 2" in mistake(beam_size=2, temperature=0.5)


@pytest.mark.parametrize(
    ("name", "value"), [("repetition_penalty", 1.5), ("top_k", 3), ("top_p", 0.5)]
)
def test_generate_beam_takes_no_sampler_without_effect(name: str, value: float) -> None:
    assert "beam_size 2" in mistake(beam_size=2, **{name: value})


def test_merged_takes_options_over_the_runs_own() -> None:
    defaults = Generate(temperature=0.8, top_p=0.9, max_new_tokens=5, stop=".")
    assert merged(defaults, {"temperature": None, "top_p": None, "top_k": None}) == defaults
    options = merged(defaults, {"temperature": 0.5, "top_k": 3, "max_new_tokens": None})
    assert options == Generate(temperature=0.5, top_p=0.9, top_k=3, max_new_tokens=5, stop=".")


def test_merged_greedy_drops_the_runs_own_samplers() -> None:
    defaults = Generate(
        temperature=0.8, top_p=0.9, top_k=5, num_samples=3, repetition_penalty=1.5, max_new_tokens=7
    )
    assert merged(defaults, {"temperature": 0.0}) == Generate(
        repetition_penalty=1.5, max_new_tokens=7
    )


def test_merged_beam_drops_the_runs_own_samplers() -> None:
    defaults = Generate(
        temperature=0.8, top_p=0.9, top_k=5, num_samples=3, repetition_penalty=1.5, max_new_tokens=7
    )
    assert merged(defaults, {"beam_size": 2}) == Generate(beam_size=2, max_new_tokens=7)


def test_merged_temperature_drops_the_runs_own_beam() -> None:
    assert merged(Generate(beam_size=4, length_penalty=0.5), {"temperature": 0.7}) == Generate(
        temperature=0.7, length_penalty=0.5
    )


def test_merged_never_drops_what_the_user_asks_for() -> None:
    defaults: dict[str, Any] = {"temperature": 0.8}
    assert "top_k" in refused(defaults, temperature=0.0, top_k=3)
    assert "top_p" in refused(defaults, temperature=0.0, top_p=0.5)
    assert "2 samples" in refused(defaults, temperature=0.0, num_samples=2)
    assert "beam_size 3" in refused(defaults, beam_size=3, temperature=0.5)
    assert "4 samples" in refused(defaults, beam_size=3, num_samples=4)
    assert "repetition_penalty" in refused(defaults, beam_size=3, repetition_penalty=2.0)


def test_merged_explains_a_conflict_with_the_runs_own() -> None:
    assert "temperature" in refused({}, top_k=3)
    assert "temperature" in refused({}, num_samples=2)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_new_tokens", 10**7),
        ("num_samples", 10**5),
        ("repetition_penalty", 1000.0),
        ("beam_size", 5000),
        ("length_penalty", 50.0),
        ("stop", ""),
        ("temperature", "hot"),
        ("beam_size", "wide"),
    ],
)
def test_merged_error_names_the_flag(option: str, value: Any) -> None:
    """Bounds that click does not know."""
    flag = f"--{option.replace('_', '-')}"
    assert refused({"temperature": 0.0}, **{option: value}).startswith(f"{flag}: found {value!r}")
    assert flag in [name for parameter in command.params for name in parameter.opts]


def test_merged_reports_every_mistake_at_once() -> None:
    said = refused({"temperature": 1.0}, max_new_tokens=0, top_p=2.0, temprature=1)
    assert [line.split(":")[0] for line in said.splitlines()] == [
        "--max-new-tokens",
        "--top-p",
        "--temprature",
    ]
    assert "Did you mean 'temperature'?" in said


def test_generate_every_field_is_a_flag() -> None:
    assert set(Generate.model_fields) <= {parameter.name for parameter in command.params}
