"""Runs whose files are damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.bad_input.damage import DAMAGE, Damage, remove, write
from tests.cli.bad_input.refusal import ASKS_A_RUN, SEED, Refused
from tests.cli.invoke import done


@pytest.mark.parametrize("what", DAMAGE)
def test_load_trained_refuses_a_damaged_run(what: str, run: Path, refused: Refused) -> None:
    damage, words = DAMAGE[what]
    damage(run)
    for verb, *options in ASKS_A_RUN:
        refused(verb, run, *options, words=[str(run), *words], whole=True)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (remove("environment.json"), ["environment.json: no such file"]),
        (write("environment.json", "[]"), ["environment.json: damaged JSON"]),
        (write("environment.json", "{}"), ["environment.json: damaged: no "]),
    ],
)
def test_evaluate_refuses_damaged_records(
    damage: Damage, words: list[str], run: Path, refused: Refused
) -> None:
    damage(run)
    refused("evaluate", run, words=[str(run), *words], whole=True)
    assert done("generate", run, *SEED).stdout  # answering needs no records


@pytest.mark.parametrize("content", ["[]", "{", "junk"])
def test_evaluate_rewrites_damaged_scores(content: str, run: Path) -> None:
    (run / "metrics.json").write_text(content, encoding="utf-8")
    result = done("evaluate", run)
    assert "this run" in result.stdout
    assert "metrics.json: damaged JSON" in result.stderr
    assert "this run" in json.loads((run / "metrics.json").read_text(encoding="utf-8"))["train"]


def test_evaluate_prints_scores_that_it_cannot_keep(run: Path) -> None:
    (run / "metrics.json").unlink()
    (run / "metrics.json").mkdir()  # not even root can write this file
    assert "this run" in done("evaluate", run).stdout
