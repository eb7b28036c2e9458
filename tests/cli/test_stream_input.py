"""What a user may name wrongly where texts are streams or start from a label: one line, exit code
2, and nothing written.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.invoke import done, invoke
from tests.helpers.untrained import untrained_run

STREAM = """\
task: {language_model: {stream: true, bptt: 10}}
data: {dataset: {text: corpus.txt}, tokenizer: char, split: 0}
model:
  embedding: 4
  layers:
    - gru: 4
train: {epochs: 1, batch_size: 8}
"""
NAMES = """\
task: {language_model: {condition: label}}
data: {dataset: {jsonl: names.jsonl}, split: {validation: 0}}
model:
  embedding: 4
  layers:
    - gru: 4
train: {epochs: 1, batch_size: 4}
"""
TEXTS = [("anna", "Irish"), ("bob", "Greek"), ("cid", "Scottish")] * 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small runs: one with random weights, the newer one trained."""
    folder = tmp_path_factory.mktemp("trained")
    files(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
        untrained_run("stream", STREAM)
        done("train", "names.yaml")
    return folder


def files(folder: Path) -> None:
    (folder / "corpus.txt").write_text("the old mouse said " * 10, encoding="utf-8")
    (folder / "stream.yaml").write_text(STREAM, encoding="utf-8")
    (folder / "names.yaml").write_text(NAMES, encoding="utf-8")
    (folder / "names.jsonl").write_text(
        "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in TEXTS),
        encoding="utf-8",
    )


@pytest.fixture
def trained(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RNNKIT_RUNS", str(folder / "runs"))
    return folder


def refused(folder: Path, *arguments: object, **options: Any) -> str:
    """The one line of a refusal; no file came or went."""
    before = sorted(folder.rglob("*"))
    result = invoke(*arguments, **options)
    assert result.exit_code == 2, result.stderr
    assert result.stdout == ""
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert "Traceback" not in result.stderr
    assert len(line) < 1000
    assert sorted(folder.rglob("*")) == before
    return line


@pytest.mark.parametrize(
    ("corpus", "overrides", "words"),
    [
        ("", [], "corpus.txt is empty"),
        ("a", [], "train.batch_size: 8 streams"),
        ("the old mouse", [], "a train.batch_size of at most 6."),
        (
            "the old mouse said " * 3 + "on",
            ["data.split.validation=0.01"],
            "data.split: the validation part",
        ),
        ("...", ["data.tokenizer={word: removed}"], "text"),
        (None, [], "data.dataset.text.path: no such file"),
    ],
)
def test_train_refuses_an_unusable_corpus(
    tmp_path: Path, corpus: str | None, overrides: list[str], words: str
) -> None:
    files(tmp_path)
    (tmp_path / "corpus.txt").unlink()
    if corpus is not None:
        (tmp_path / "corpus.txt").write_text(corpus, encoding="utf-8")
    assert words in refused(tmp_path, "train", "stream.yaml", *overrides)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("task.language_model.window=3", "task.language_model.window: both"),
        ("task.language_model.stream=false", "task.language_model.window: neither"),
        ("task.language_model.bptt=0", "task.language_model.bptt: "),
        (
            "model.layers.0.gru={units: 4, bidirectional: true}",
            "model.layers.0.gru.bidirectional: true",
        ),
        (
            "model.layers.0.gru={units: 4, unroll: true}",
            "model.layers.0.gru.unroll: true",
        ),
        ("model.layers.0.gru={units: 4, weight_drop: 1}", "model.layers.0.gru.weight_drop: "),
        ("model.layers=[gru: 4, pool: max]", "model.layers.1: "),
        (
            "model={embedding: 4, layers: [gru: 5], tie_weights: true}",
            "model.layers: tied weights",
        ),
        (
            "model={embedding: one_hot, layers: [gru: 4], tie_weights: true}",
            "model.tie_weights: ",
        ),
        ("model.layers=[dropout: {rate: 0.1, drop: words}]", "model.layers.0.dropout.drop: "),
    ],
)
def test_load_config_refuses_wrong_stream_settings(
    tmp_path: Path, override: str, words: str
) -> None:
    files(tmp_path)
    assert words in refused(tmp_path, "train", "stream.yaml", override)
    assert words in refused(tmp_path, "config", "show", "stream.yaml", override)


def test_train_refuses_data_of_a_single_condition(tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "names.jsonl").write_text('{"text": "anna", "label": "it"}\n', encoding="utf-8")
    assert "every text has the condition it" in refused(tmp_path, "train", "names.yaml")


def test_generate_refuses_wrong_conditions(trained: Path) -> None:
    known = "Greek, Irish, Scottish"
    misspelt = refused(trained, "generate", "--condition", "Irsh")
    assert "--condition: unknown condition 'Irsh'" in misspelt
    assert known in misspelt
    assert "'Irish'?" in misspelt
    missing = refused(trained, "generate", "runs/names", "--seed", "an")
    assert "--condition: missing" in missing
    assert known in missing
    assert "--condition: a model that reads no condition" in refused(
        trained, "generate", "runs/stream", "--condition", "Irish"
    )
    result = invoke("generate", "runs/names")
    assert result.exit_code == 2
    assert "--condition LABEL" in result.stderr
    assert "'ü'" in refused(
        trained, "generate", "runs/names", "--condition", "Irish", "--seed", "aü"
    )


def test_generate_by_condition_takes_the_newest_conditioned_run(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        len(
            done(
                "generate", "--condition", "Irish", "--num-samples", 3, "--random-seed", 0
            ).stdout.splitlines()
        )
        == 3
    )
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "none"))
    assert "from a condition" in refused(trained, "generate", "--condition", "Irish")


def test_generate_never_prints_special_tokens(trained: Path) -> None:
    """Not by the most random of draws."""
    for options in ([], ["--raw"], ["--json"], ["--report"]):
        result = done(
            "generate",
            "runs/names",
            "--condition",
            "Irish",
            "--temperature",
            60,
            "--num-samples",
            40,
            "--random-seed",
            1,
            *options,
        )
        assert not any(mark in result.stdout for mark in ("<start>", "<end>", "<unk>"))


def test_main_refuses_unusable_seeds_and_texts(trained: Path) -> None:
    assert "--seed: an empty text" in refused(trained, "generate", "runs/stream", "--seed", "")
    assert "'ü'" in refused(trained, "generate", "runs/stream", "--seed", "ü")
    assert "--text: 1 token" in refused(
        trained, "inspect", "surprise", "runs/stream", "--text", "t"
    )
    assert "scores each token" in refused(
        trained, "inspect", "surprise", "runs/names", "--text", "anna"
    )
    assert "rnnkit generate --condition" in refused(
        trained, "predict", "runs/names", "--text", "anna"
    )


def test_evaluate_refuses_unusable_files_and_counts_unknown_tokens(
    trained: Path, tmp_path: Path
) -> None:
    (tmp_path / "one.txt").write_text("t", encoding="utf-8")
    assert "--data: the data part of " in refused(
        trained, "evaluate", "runs/stream", "--text", tmp_path / "one.txt"
    )
    assert "no such file" in refused(
        trained, "evaluate", "runs/stream", "--text", tmp_path / "nosuch.txt"
    )
    (tmp_path / "unseen.txt").write_text("thé öld", encoding="utf-8")
    result = done("evaluate", "runs/stream", "--text", tmp_path / "unseen.txt")
    assert "data: 2 of 7 tokens are <unk>" in result.stderr
    (tmp_path / "more.jsonl").write_text('{"text": "olga", "label": "Russian"}\n', encoding="utf-8")
    assert "unknown condition 'Russian'" in refused(
        trained, "evaluate", "runs/names", "--data", tmp_path / "more.jsonl"
    )


def test_init_from_refuses_runs_that_do_not_fit(trained: Path) -> None:
    wider = "model={embedding: 5, layers: [gru: 4]}"
    assert "--init-from: " in refused(
        trained, "train", "stream.yaml", wider, "--init-from", "runs/stream"
    )
    assert refused(trained, "train", "stream.yaml", "--init-from", "runs/names")
    assert refused(trained, "train", "stream.yaml", "--init-from", "nosuch")
    assert (
        "exclude each other"
        in invoke("train", "runs/stream", "--resume", "--init-from", "runs/stream").stderr
    )


def test_inspect_summary_counts_the_layer_of_a_condition(trained: Path) -> None:
    """Three labels to four numbers: 12 weights and 4 biases."""
    lines = done("inspect", "summary", "runs/names").stdout.splitlines()
    rows = {line.split()[0]: line.split()[-1] for line in lines}
    assert rows["condition"] == "16"
    counted = next(
        line
        for line in (
            (trained / "runs" / "names" / "training.log").read_text(encoding="utf-8").splitlines()
        )
        if "parameters" in line
    )
    assert lines[-1] in counted
