"""Runs that are not there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.bad_input.damage import flip
from tests.cli.bad_input.refusal import ASKS_A_RUN, SEED, Refused
from tests.cli.invoke import done


@pytest.mark.parametrize("command", ASKS_A_RUN, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nosuch", ["nosuch: no such run"]),
        ("fabel", ["fabel: no such run", "Did you mean 'fable'?"]),
        ("", ["no such run"]),
        ("not_a_run", ["not_a_run: not a run: it holds no config.yaml"]),
        ("good.txt", ["good.txt: a file", "Expected a run folder"]),
        ("good.yaml", ["good.yaml: a file", "Expected a run folder"]),
        ("/dev/null", ["/dev/null: a file"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_find_run_refuses_what_holds_no_run(
    command: tuple[str, ...], name: str, words: list[str], run: Path, refused: Refused
) -> None:
    verb, *options = command
    refused(verb, name, *options, words=words)
    refused("train", name, "--resume", words=words)
    refused("runs", "show", name, words=words)


@pytest.mark.parametrize("command", ASKS_A_RUN, ids=lambda command: command[0])
def test_find_trained_without_any_run_names_the_folder_and_train(
    command: tuple[str, ...], runs: Path, refused: Refused
) -> None:
    refused(*command, words=[str(runs), "no trained", "rnnkit train fable"])
    assert not runs.exists()


def test_find_trained_skips_a_newer_damaged_run(run: Path) -> None:
    shutil.copytree(run, run.with_name("newer"))
    (run.with_name("newer") / "manifest.json").write_text("junk", encoding="utf-8")
    assert done("generate", *SEED).stdout


def test_generate_without_a_name_names_the_damaged_run(run: Path, refused: Refused) -> None:
    flip(run)
    refused("generate", *SEED, words=[str(run / "weights.npz"), "damaged weights"])
