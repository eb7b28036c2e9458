"""generate, predict and evaluate on a run that has learnt the fable."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from rnnkit.data.datasets.fable import FABLE
from tests.cli.invoke import done
from tests.conftest import Rnnkit

CONTINUED = (
    "had a general council to consider what measures they could take to outwit their common enemy,"
    " the cat"
)


@pytest.fixture
def run(fable_run: Path, runs: Path) -> Path:
    """A copy of the run, as runs/fable."""
    return Path(
        shutil.copytree(
            fable_run,
            runs / "fable",
            ignore=shutil.ignore_patterns("checkpoints", "tensorboard", "model.keras"),
        )
    )


def test_generate_greedily_continues_as_the_fable(run: Path, rnnkit: Rnnkit) -> None:
    result = rnnkit("generate", run, "--seed", "had a general")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(CONTINUED)
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize("name", ["fable", "runs/fable", "runs/../runs/fable/"])
def test_generate_finds_a_run_by_name_and_path(run: Path, name: str) -> None:
    assert done("generate", name, "--seed", "had a general").stdout.startswith(CONTINUED)


def test_find_trained_without_a_name_takes_the_newest_trained_run(run: Path, runs: Path) -> None:
    older = Path(shutil.copytree(run, runs / "older"))
    (older / "config.yaml").write_text(
        (older / "config.yaml")
        .read_text(encoding="utf-8")
        .replace("max_new_tokens: null", "max_new_tokens: 1")
    )
    for path in older.iterdir():
        os.utime(path, (1, 1))
    (runs / "untrained").mkdir()
    shutil.copy(run / "config.yaml", runs / "untrained")
    assert done("generate", "--seed", "had a general").stdout.startswith(CONTINUED)
    assert done("generate", "older", "--seed", "had a general").stdout == "had a general council\n"
    assert (
        done("predict", "--text", "had a general", "--top", "1")
        .stdout.splitlines()[1]
        .startswith("council")
    )
    assert done("evaluate").stdout.startswith("train")


def test_text_from_reads_standard_input(run: Path, rnnkit: Rnnkit) -> None:
    assert done("generate", "--seed", "-", stdin="had a general\n").stdout.startswith(CONTINUED)
    assert done("generate", "--prompt", "-", stdin="Had\r\na general").stdout.startswith(CONTINUED)
    assert rnnkit("generate", run, "--seed", "-", input="had a general").stdout.startswith(
        CONTINUED
    )
    assert (
        done("predict", "--text", "-", "--top", "1", stdin="had a general\n")
        .stdout.splitlines()[1]
        .startswith("council")
    )


def test_generate_raw_prints_the_new_tokens_alone(run: Path) -> None:
    tokens = done(
        "generate", "--seed", "their common enemy", "--max-new-tokens", "3", "--raw"
    ).stdout
    assert tokens == ", the cat\n"
    assert (
        done("generate", "--seed", "their common enemy", "--max-new-tokens", "3").stdout
        == "their common enemy, the cat\n"
    )


def test_generate_json_holds_seed_tokens_and_text(run: Path) -> None:
    made = json.loads(
        done("generate", "--seed", "had a general", "--max-new-tokens", "3", "--json").stdout
    )
    assert made["seed"] == "had a general"
    assert made["tokens"] == ["council", "to", "consider"]
    assert made["continuation"] == "council to consider"
    assert made["text"] == "had a general council to consider"


def test_generate_uses_the_last_window_of_a_long_seed(run: Path) -> None:
    long = " ".join(FABLE.split()[:60])
    text = done("generate", "--seed", long, "--max-new-tokens", "2", "--raw").stdout
    assert (
        text.split()
        == done(
            "generate", "--seed", " ".join(FABLE.split()[57:60]), "--max-new-tokens", "2", "--raw"
        ).stdout.split()
    )


def test_generate_draws_by_the_random_seed(run: Path) -> None:
    def drawn(random_seed: int) -> str:
        return done(
            "generate",
            "--seed",
            "had a general",
            "--temperature",
            "5",
            "--random-seed",
            random_seed,
        ).stdout

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(4)}) == 4


def test_predict_prints_the_most_probable_tokens_first(run: Path) -> None:
    lines = done("predict", "--text", "had a general", "--top", "3").stdout.splitlines()
    assert lines[0].split() == ["token", "probability"]
    assert lines[1].split()[0] == "council"
    assert len(lines) == 4
    guesses = json.loads(done("predict", "--text", "had a general", "--top", "3", "--json").stdout)
    assert [line.split()[0] for line in lines[1:]] == [guess["token"] for guess in guesses]
    probabilities = [guess["probability"] for guess in guesses]
    assert probabilities == sorted(probabilities, reverse=True)
    assert probabilities[0] > 0.5
    everything = json.loads(
        done("predict", "--text", "had a general", "--top", "100000", "--json").stdout
    )
    assert len(everything) == 113
    assert sum(guess["probability"] for guess in everything) == pytest.approx(1)


def test_evaluate_prints_the_run_and_its_baselines(run: Path) -> None:
    result = done("evaluate")
    assert "198/200" in result.stdout
    assert "ceiling (window of 3)  99.00 % (198/200)" in result.stdout
    assert "unigram" in result.stdout
    assert "bigram" in result.stdout
    assert "203 tokens" in result.stderr
    (evaluation,) = json.loads(done("evaluate", run, "--part", "train", "--json").stdout)
    assert evaluation["part"] == "train"
    own, ceiling, *_ = evaluation["rows"]
    assert (own["who"], own["scores"]["correct"], own["scores"]["tokens"]) == ("this run", 198, 200)
    assert ceiling["scores"]["accuracy"] == 0.99
    assert (
        json.loads((run / "metrics.json").read_text(encoding="utf-8"))["train"]["this run"]
        == own["scores"]
    )


def test_evaluate_scores_another_file_without_keeping_its_scores(run: Path, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("the mice had a general council of cats", encoding="utf-8")
    before = (run / "metrics.json").read_bytes()
    (evaluation,) = json.loads(done("evaluate", "--data", "other.txt", "--json").stdout)
    assert evaluation["part"] == "data"
    assert evaluation["rows"][0]["scores"]["tokens"] == 5
    assert (run / "metrics.json").read_bytes() == before


def test_generate_answers_by_a_moved_run(run: Path, tmp_path: Path) -> None:
    elsewhere = Path(shutil.move(run, tmp_path / "copied to"))
    assert done("generate", elsewhere, "--seed", "had a general").stdout.startswith(CONTINUED)
    assert "198/200" in done("evaluate", elsewhere).stdout
