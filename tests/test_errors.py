from __future__ import annotations

import pytest

from rnnkit.errors import (
    RUN_FAILED,
    USER_MISTAKE,
    RnnkitError,
    RnnkitErrors,
    at,
    did_you_mean,
    here,
    nearest,
)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("f.yaml:3: a.b", "found 3"), "f.yaml:3: a.b: found 3."),
        (
            ("--seed", "empty", "Expected text", "Write some"),
            "--seed: empty. Expected text. Write some.",
        ),
        (("x", "missing", "", "Did you mean 'y'?"), "x: missing. Did you mean 'y'?"),
        (("x", "missing", "Expected a file.", "Go!"), "x: missing. Expected a file. Go!"),
        (("x", "not trained", "", "Run `rnnkit train x`"), "x: not trained. Run `rnnkit train x`"),
    ],
)
def test_rnnkit_error_message_has_place_value_expected_and_hint(
    parts: tuple[str, ...], message: str
) -> None:
    assert str(RnnkitError(*parts)) == message


def test_rnnkit_error_keeps_its_parts() -> None:
    error = RnnkitError("x", "found 1", "Expected 2", "Try 2")
    assert (error.where, error.got, error.expected, error.hint) == (
        "x",
        "found 1",
        "Expected 2",
        "Try 2",
    )
    assert error.exit_code == USER_MISTAKE == 2
    assert RnnkitError("x", "the loss is nan", exit_code=RUN_FAILED).exit_code == 1


def test_rnnkit_error_shortens_every_part() -> None:
    """A hint, which is to be written as it stands, only where nobody would write it."""
    assert len(str(RnnkitError("c.yaml", "9" * 10_000, "8" * 10_000, "7" * 10_000))) < 3_000
    assert "7" * 1_000 in str(RnnkitError("c.yaml", "9", "", "7" * 1_000))


def test_rnnkit_errors_have_a_line_each() -> None:
    errors = RnnkitErrors([RnnkitError("x", "wrong"), RnnkitError("y", "wrong too")])
    assert isinstance(errors, RnnkitError)
    assert str(errors).splitlines() == ["x: wrong.", "y: wrong too."]
    assert errors.exit_code == USER_MISTAKE


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("unit", "units"),
        ("Units", "units"),
        ("UNITS", "units"),
        ("unitz", "units"),
        ("activtion", "activation"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_did_you_mean_suggests_the_nearest_name(name: str, guess: str) -> None:
    assert did_you_mean(name, ["units", "activation", "dropout"]) == (
        f"Did you mean {guess!r}?" if guess else ""
    )


def test_nearest_of_no_names() -> None:
    assert did_you_mean("units", []) == ""
    assert nearest("units", []) == []


def test_nearest_gives_a_few_best_first() -> None:
    assert nearest("general", ["cat", "generally", "generals", "mice"]) == ["generals", "generally"]
    assert nearest("general", ["cat", "generally", "generals", "mice"], count=1) == ["generals"]
    assert nearest("general", ["General"]) == ["General"]


def test_at_names_the_place_of_an_error_without_one() -> None:
    with pytest.raises(RnnkitError) as caught, at("--text"):
        raise RnnkitError("", "nothing to read")
    assert str(caught.value) == "--text: nothing to read."


def test_at_joins_places() -> None:
    with pytest.raises(RnnkitError) as caught, at("--input"), at("reviews.csv"):
        raise RnnkitError("row 3", "wrong")
    assert caught.value.where == "--input: reviews.csv: row 3"


def test_at_names_the_place_of_each_of_several_errors() -> None:
    with pytest.raises(RnnkitErrors) as caught, at("a.yaml"):
        raise RnnkitErrors([RnnkitError("x", "wrong"), RnnkitError("", "wrong too")])
    assert str(caught.value).splitlines() == ["a.yaml: x: wrong.", "a.yaml: wrong too."]


def test_here_prefixes_a_remark_with_its_place() -> None:
    assert here("a remark") == "a remark"
    with at("--text"), at("word 3"):
        assert here("a remark") == "--text: word 3: a remark"
    assert here("a remark") == "a remark"
