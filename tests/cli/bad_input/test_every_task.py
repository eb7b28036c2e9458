"""Every verb that answers, asked wrongly of a run of every task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.config import dump_config, parse_config
from tests.cli.bad_input.refusal import explains, snapshot
from tests.cli.invoke import invoke
from tests.helpers.untrained import untrained_run

TEXTS = {
    "good": [f"a good film {letter}" for letter in "abcdef"],
    "bad": [f"a bad film {letter}" for letter in "abcdef"],
}
SMALL = {"embedding": 2, "layers": [{"simple_rnn": 2}]}
TREES: dict[str, dict[str, Any]] = {
    "classifier": {
        "task": "classification",
        "data": {"dataset": {"labelled": {"texts": TEXTS}}, "split": {"validation": 0.5}},
        "model": SMALL,
    },
    "tagger": {
        "task": "tagging",
        "data": {
            "dataset": {"tagged": ["the/D cat/N", "a/D dog/N", "the/D dog/N", "a/D cat/N"]},
            "split": {"validation": 0.25},
        },
        "model": SMALL,
    },
    "forecaster": {
        "task": {"forecasting": {"timesteps": 3, "horizon": 2}},
        "data": {
            "dataset": {"numbers": [float(step % 5) for step in range(40)]},
            "split": {"validation": 0.2},
        },
        "model": {"embedding": "none", "layers": [{"simple_rnn": 2}]},
    },
    "language_model": {
        "task": {"language_model": {"window": 3}},
        "data": {"dataset": "fable"},
        "model": SMALL,
    },
    "conditioned": {
        "task": {"language_model": {"condition": "label"}},
        "data": {"dataset": {"labelled": {"texts": TEXTS}}, "split": {"validation": 0.5}},
        "model": SMALL,
    },
    "seq2seq": {
        "task": "seq2seq",
        "data": {"dataset": {"reverse_digits": {"count": 60}}},
        "model": {
            "encoder": {"embedding": 2, "layers": [{"gru": 2}]},
            "decoder": {"embedding": 2, "layers": [{"gru": 2}]},
        },
    },
}

ASKED: list[tuple[str, list[str]]] = [
    ("predict", ["--input", "nosuch.csv"]),
    ("predict", ["--input", "folder"]),
    ("predict", ["--input", "empty.csv"]),
    ("predict", ["--input", "header.csv"]),
    ("predict", ["--input", "latin.csv"]),
    ("predict", ["--input", "ragged.csv"]),
    ("predict", ["--input", "other.csv"]),
    ("predict", ["--input", "good.csv", "--column", "nosuch"]),
    ("predict", ["--input", "good.csv", "separator=ab"]),
    ("predict", ["--input", "good.csv", "nosuch=1"]),
    ("predict", ["--input", "good.csv", "-o", "good.csv"]),
    ("predict", ["--input", "good.csv", "-o", "folder"]),
    ("predict", ["--input", "good.csv", "-o", "nosuch/out.csv"]),
    ("predict", ["--input", "good.csv", "-o", "out.xyz"]),
    ("predict", ["--input", "good.csv", "-o", "link.csv", "--overwrite"]),
    ("predict", ["--input", "good.csv", "--text", "both"]),
    ("predict", ["--input", "good.csv", "--top", "3"]),
    ("predict", ["--text", ""]),
    ("predict", ["--text", "x", "--top", "0"]),
    ("predict", ["--text", "x", "--top", "nan"]),
    ("predict", ["--text", "x", "--engine", "abacus"]),
    ("predict", []),
    ("evaluate", ["--part", "nosuch"]),
    ("evaluate", ["--data", "nosuch.csv"]),
    ("evaluate", ["--data", "empty.csv"]),
    ("evaluate", ["--errors", "-1"]),
    ("generate", []),
    ("generate", ["--seed", ""]),
    ("generate", ["--seed", "the mice had", "--temperature", "nan"]),
    ("generate", ["--seed", "the mice had", "--top-p", "1.5"]),
    ("generate", ["--seed", "the mice had", "--max-new-tokens", "0"]),
    ("generate", ["--seed", "the mice had", "--sampler", "nosuch"]),
    ("generate", ["--seed", "the mice had", "--condition", "nosuch"]),
    ("forecast", ["--horizon", "0"]),
    ("forecast", ["--horizon", "1e3"]),
    ("forecast", ["--input", "nosuch.csv"]),
    ("forecast", ["--plot", "picture.txt"]),
    ("forecast", ["-o", "folder"]),
    ("anomalies", ["--threshold", "nan"]),
    ("anomalies", ["--threshold", "1"]),
    ("anomalies", ["--gap", "soon"]),
    ("anomalies", ["--history", "-3D"]),
    ("anomalies", ["--windows", "nosuch.json"]),
    ("anomalies", ["--plot", "nosuch/p.png"]),
    ("inspect surprise", ["--text", ""]),
    ("inspect surprise", ["--text", "the mice had a", "--html", "folder"]),
    ("inspect surprise", ["--text", "the mice had a", "--html", "good.csv"]),
    ("inspect attention", ["--text", "x"]),
    ("inspect summary", ["model.nosuch=1"]),
    ("inspect speed", ["train.epochs=.nan"]),
    ("inspect trace", ["--text", ""]),
    ("inspect trace", ["--text", "x", "--units", "3:1"]),
    ("inspect trace", ["--text", "x", "--steps", "first"]),
    ("inspect trace", ["--text", "x", "--layer", "nosuch"]),
    ("inspect trace", ["--text", "x", "--top", "0"]),
    ("report", ["-o", "folder"]),
    ("report", ["-o", "page.txt"]),
    ("report", ["-o", "nosuch/page.html"]),
    ("report", ["--engine", "abacus"]),
    ("export", []),
    ("export", ["nosuch"]),
    ("export", ["onnx", "-o", "folder"]),
    ("export", ["onnx", "-o", "good.csv"]),
    ("export", ["onnx", "-o", "nosuch/a.onnx"]),
    ("export", ["onnx", "--max-loss", "nan"]),
    ("export", ["card", "--int8"]),
    ("export", ["html", "-o", "link.csv", "--overwrite"]),
    ("serve", ["--port", "99999"]),
    ("serve", ["--limit", "nosuch=1"]),
    ("serve", ["--limit", "seconds"]),
    ("serve", ["--limit", "tokens=-1"]),
    ("serve", ["--engine", "abacus"]),
    ("push", ["nosuch"]),
    ("push", ["hf://nobody"]),
    ("bench train", ["--against", "nosuch"]),
    ("bench predict", ["--repeats", "0"]),
    ("bench generate", ["train.epochs=-1"]),
    ("check", ["train.epochs=-1"]),
    ("check", ["train.learning_rate=true"]),
    ("check", ["data.split.validation=1"]),
    ("check", ["nosuch=1"]),
    ("config show", ["train.batch_size=0"]),
    ("config diff", ["nosuch"]),
    ("train", ["train.batch_size='3'"]),
    ("train", ["--resume", "train.epochs=0"]),
]


ALONE: list[list[str]] = [
    ["datasets", "show", "nosuch"],
    ["datasets", "show"],
    ["datasets", "fetch", "nosuch"],
    ["datasets", "fetch", "csv"],
    ["datasets", "nosuch"],
    ["datasets", "cache", "nosuch"],
    ["completion", "show", "--shell", "nosuch"],
    ["completion", "install", "--shell", "nosuch"],
    ["completion", "nosuch"],
    ["bench", "nosuch"],
    ["bench", "train", "nosuch"],
    ["bench", "train", "fable", "--against", ""],
    ["bench", "train", "fable", "--steps", "many"],
    ["bench", "generate", "imdb_lstm"],
    ["serve", "nosuch"],
    ["serve", "runs/classifier", "runs/classifier"],
    ["serve", "folder"],
    ["report", "nosuch"],
    ["report", "runs/classifier", "runs/tagger"],
    ["export", "nosuch", "onnx"],
    ["export", "folder", "card"],
    ["export"],
    ["inspect", "trace", "nosuch", "--text", "x"],
    ["inspect", "trace", "runs/classifier"],
    ["pull", "nosuch"],
    ["pull", "hf://nobody/nothing", "--name", "../out"],
    ["pull", "hf://nobody/nothing", "--name", "classifier"],
    ["push", "nosuch", "hf://nobody/nothing"],
    ["runs", "show", "nosuch"],
    ["doctor", "nosuch"],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files and a run of each task; no test changes it."""
    folder = tmp_path_factory.mktemp("every")
    (folder / "folder").mkdir()
    for name, content in {
        "empty.csv": b"",
        "header.csv": b"text,label\n",
        "latin.csv": b"text,label\ncaf\xe9,good\n",
        "ragged.csv": b"text,label\na,good\nb,good,c\n",
        "other.csv": b"nosuch\n1\n",
        "good.csv": b"text,label\na good film,good\n",
    }.items():
        (folder / name).write_bytes(content)
    (folder / "link.csv").symlink_to("good.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
        for name, tree in TREES.items():
            untrained_run(name, tree)
    return folder


@pytest.mark.parametrize(
    ("verb", "options", "task"),
    [
        # each mistake with two tasks, in turn; all of them in `make soak`
        pytest.param(*asked, task, marks=[pytest.mark.soak] * ((row + column) % len(TREES) > 1))
        for row, asked in enumerate(ASKED)
        for column, task in enumerate(TREES)
    ],
    ids=lambda value: str(value)[:50],
)
def test_every_verb_refuses_a_wrong_call(
    verb: str, options: list[str], task: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = refusal([*verb.split(), f"runs/{task}", *options], folder, monkeypatch)
    assert len(error) > 25
    assert error.count(" ") > 3


@pytest.mark.parametrize("arguments", ALONE, ids=lambda value: " ".join(value)[:50])
def test_every_verb_refuses_a_wrong_name(
    arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal(arguments, folder, monkeypatch)


def refusal(arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is said of a wrong call, which changes nothing."""
    monkeypatch.setenv("RNNKIT_RUNS", str(folder / "runs"))
    monkeypatch.chdir(folder)
    before = snapshot(folder)
    result = invoke(*arguments)
    explains(result.stdout, result.stderr, result.exit_code, [])
    assert snapshot(folder) == before
    return next(line for line in result.stderr.splitlines() if line.startswith("Error: "))


@pytest.mark.parametrize(
    ("task", "key", "word"),
    [
        ("forecaster", "task.forecasting.season=1000", "season"),
        ("forecaster", "task.forecasting.timesteps=1000", "timesteps"),
        ("forecaster", "task.forecasting.horizon=1000", "horizon"),
        ("forecaster", "data.split.validation=0.99", "split"),
        ("language_model", "task.language_model.window=1000", "window"),
        ("classifier", "task.classification.class_weight={nosuch: 2}", "nosuch"),
        ("classifier", "data.labels=[good, nosuch]", "labels"),
    ],
)
def test_data_decide_what_a_number_may_be(
    task: str, key: str, word: str, folder: Path, tmp_path: Path
) -> None:
    config = dump_config(parse_config(TREES[task]))
    (tmp_path / "a.yaml").write_text(config, encoding="utf-8")
    before = snapshot(tmp_path)
    result = invoke("train", "a.yaml", key)
    explains(result.stdout, result.stderr, result.exit_code, [word])
    assert snapshot(tmp_path) == before
