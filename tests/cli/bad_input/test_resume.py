"""Resuming."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.bad_input.refusal import Refused
from tests.cli.invoke import invoke


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ["model.layers.0.simple_rnn.units=64"],
            [
                "command line: model.layers.0.simple_rnn.units=64: cannot be changed in a"
                " resumed run"
            ],
        ),
        (
            ["task.language_model.window=2"],
            ["task.language_model.window=2: cannot be changed in a resumed run"],
        ),
        (["train=3"], ["command line: train: found 3"]),
        (
            ["epochs=3"],
            ["epochs=3: cannot be changed in a resumed run", "Did you mean 'train.epochs=3'?"],
        ),
        (["train.epochs"], ["command line: train.epochs: not an override"]),
        (["train.epochs=0"], ["command line: train.epochs: found 0"]),
        (["train.epoch=9"], ["command line: train.epoch: unknown key", "Did you mean 'epochs'?"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_resume_refuses_overrides_that_change_the_model(
    overrides: list[str], words: list[str], run: Path, refused: Refused
) -> None:
    refused("train", run, "--resume", *overrides, words=words)


@pytest.mark.parametrize("checkpoints", ["gone", "empty"])
def test_resume_refuses_a_run_without_a_checkpoint(
    checkpoints: str, run: Path, refused: Refused
) -> None:
    shutil.rmtree(run / "checkpoints")
    if checkpoints == "empty":
        (run / "checkpoints").mkdir()
    refused(
        "train",
        run,
        "--resume",
        "train.epochs=200",
        words=[str(run / "checkpoints"), "no checkpoint", "Train a new run"],
    )


def test_resume_refuses_what_holds_no_run(refused: Refused) -> None:
    refused("train", "fable", "--resume", words=["fable: no such run"])
    refused("train", "good.yaml", "--resume", words=["good.yaml: a file"])


def test_resume_prints_only_the_mistake_in_an_override(run: Path) -> None:
    (run / "checkpoints").mkdir(exist_ok=True)
    result = invoke("train", run, "--resume", "train.batch_sise=3")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "train.batch_sise: unknown key" in result.stderr
