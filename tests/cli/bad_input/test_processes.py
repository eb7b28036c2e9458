"""The same in processes of their own, where nothing is caught for the user's sake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.bad_input.damage import flip
from tests.cli.bad_input.refusal import SEED, explains, snapshot
from tests.conftest import Rnnkit


@pytest.mark.parametrize(
    ("arguments", "words", "env"),
    [
        (["train", "good.yaml", "train.epoch=3"], ["command line: train.epoch: unknown key"], {}),
        (["train", "latin.yaml"], ["latin.yaml:8: byte "], {}),
        (["generate", "fable", "--seed", "had a \udcff"], ["--seed: not in the vocabulary"], {}),
        (
            ["train", "good.yaml", "--smoke"],
            ["KERAS_BACKEND: found 'torch'", "tensorflow"],
            {"KERAS_BACKEND": "torch"},
        ),
    ],
    ids=["override", "bytes", "seed", "backend"],
)
def test_main_explains_a_mistake_in_a_process(
    arguments: list[str],
    words: list[str],
    env: dict[str, str],
    run: Path,
    tmp_path: Path,
    rnnkit: Rnnkit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    before = snapshot(tmp_path)
    result = rnnkit(*arguments)
    explains(result.stdout, result.stderr, result.returncode, words)
    assert len(result.stderr.splitlines()) == 1
    assert snapshot(tmp_path) == before


def test_generate_explains_damaged_weights_in_a_process(
    run: Path, tmp_path: Path, rnnkit: Rnnkit
) -> None:
    flip(run)
    before = snapshot(tmp_path)
    result = rnnkit("generate", *SEED)
    explains(
        result.stdout, result.stderr, result.returncode, [f"{run}/weights.npz: damaged weights"]
    )
    assert len(result.stderr.splitlines()) == 1
    assert snapshot(tmp_path) == before


def test_text_from_refuses_closed_standard_input(run: Path) -> None:
    command = ["sh", "-c", 'exec "$0" -m rnnkit generate --seed - <&-', sys.executable]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    explains(result.stdout, result.stderr, result.returncode, ["standard input: closed"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_main_explains_a_full_standard_output(run: Path, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "rnnkit", "generate", *SEED]
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path
        )
        assert result.returncode == 75
        error = "Error: standard output: No space left on device. Free some space.\n"
        assert result.stderr == error
        command = [sys.executable, "-m", "rnnkit", "--help"]
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert result.returncode == 75
    assert "standard output: No space left on device. Free some space" in result.stderr
