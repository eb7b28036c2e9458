"""Options that go with another one are refused without it, by every verb."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from rnnkit.cli import main
from rnnkit.errors import USER_MISTAKE
from tests.workflows import call

USUAL = {"export"}
"""Verbs that write a file of a usual name."""


def verbs(group: click.Group, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from verbs(command, *names, name)
        else:
            yield (*names, name), command


OVERWRITING = [
    (names, command)
    for names, command in verbs(main)
    if any("--overwrite" in one.opts for one in command.params) and names[0] not in USUAL
]


def test_overwriting_verbs_are_found() -> None:
    names = {names for names, _ in OVERWRITING}
    assert {("predict",), ("forecast",), ("anomalies",), ("inspect", "surprise")} <= names


@pytest.mark.parametrize(("names", "command"), OVERWRITING, ids=lambda value: str(value))
def test_overwrite_alone_is_refused(names: tuple[str, ...], command: click.Command) -> None:
    needed = [word for one in command.params if one.required for word in (one.opts[0], "x")]
    asked = ["--input", "x.csv"] if names == ("predict",) else []
    result = call(*names, *needed, *asked, "--overwrite")
    assert result.exit_code == USER_MISTAKE
    assert "--overwrite goes with --" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["inspect", "surprise", "--text", "a", "--json", "--html", "a.html"],
        ["inspect", "attention", "--text", "a", "--json", "-o", "a.png"],
        ["anomalies", "--json", "-o", "-"],
        ["forecast", "--json", "-o", "a.csv"],
    ],
)
def test_two_ways_to_show_are_refused(words: list[str]) -> None:
    result = call(*words)
    assert result.exit_code == USER_MISTAKE
    assert "Expected one of --json and --" in result.stderr
