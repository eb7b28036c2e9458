"""Options that are keys of a config."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.invoke import done, invoke
from tests.helpers.untrained import untrained_run

FABLE = {
    "task": {"language_model": {"window": 2}},
    "data": {"dataset": "fable", "split": 0},
    "model": {"embedding": 3, "layers": [{"gru": 3}]},
}


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (("train", "fable", "--epochs", "3"), "`train.epochs=3`"),
        (("train", "fable", "--epochs=3"), "`train.epochs=3`"),
        (("train", "--epochs", "3"), "`train.epochs=3`"),
        (("check", "fable", "--units", "9"), "`model.layers.0.lstm.units=9`"),
        (("config", "show", "fable", "--train.batch-size", "9"), "`train.batch_size=9`"),
        (("generate", "--epochs", "3"), "`train.epochs=3`"),
        (("evaluate", "--learning-rate"), "`train.learning_rate=...`"),
        (
            ("train", "fable", "--epoch=3"),
            "`train.epochs=3`",
        ),  # "--plot" is nearer, with its dashes
        (("train", "fable", "--lr", "0.1"), "`train.learning_rate=0.1`"),
        (("train", "fable", "--bogus"), ""),
        (("train", "fable", "-e", "3"), ""),
        # a key whose name is similar says nothing to a verb that takes none
        (("export", "fable", "--to", "onnx"), ""),
        (("inspect", "gates", "fable", "--plots"), ""),
    ],
)
def test_keys_named_says_the_key(call: tuple[str, ...], key: str) -> None:
    result = invoke(*call)
    assert result.exit_code == 2
    assert "No such option" in result.stderr
    assert (key in result.stderr) if key else ("`" not in result.stderr)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("generate", "--max-length", "3"), "Did you mean '--max-new-tokens'"),
        (("predict", "--txt", "a"), "Did you mean '--text'"),
        (("help", "train"), "`rnnkit train --help`"),
        (("config", "help", "new"), "`rnnkit config new --help`"),
        (("runs", "ls"), "Expected one of: show"),
        (("datasets", "describe", "imdb"), "Expected one of: list, show, fetch"),
        (("inspect", "sumary"), "Did you mean 'summary'"),
        (("train", "fable", "epochs=3"), "'epochs' is a key of `train`"),
        (("train", "fable", "data.validation_split=0.1"), "'validation' is a key of `data.split`"),
        (("train", "fable", "train.lr=0.1"), "Did you mean 'learning_rate'?"),
        (("train", "fable", "model.layers.0.lstm.hidden_size=1"), "Did you mean 'units'?"),
    ],
)
def test_a_word_of_another_tool_is_understood(call: tuple[str, ...], said: str) -> None:
    result = invoke(*call)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("call", "taken"),
    [(("train", "fable"), "configs"), (("generate", "fable"), "runs")],
)
def test_keys_named_are_those_of_what_the_verb_takes(
    call: tuple[str, ...], taken: str, runs: Path
) -> None:
    """A run is called as a shipped config."""
    untrained_run("fable", FABLE)
    result = invoke(*call, "--epochs", "3")
    line = next(line for line in result.stderr.splitlines() if line.startswith("fable: "))
    assert Path(line.partition("; ")[0]).parts[-2 if taken == "configs" else -3] == taken


def test_a_name_that_begins_with_a_dash_is_written_as_a_path(runs: Path, tmp_path: Path) -> None:
    untrained_run("-x", FABLE)
    (tmp_path / "-y.yaml").write_text(done("config", "show", "fable").stdout, encoding="utf-8")
    for call in (("inspect", "summary", "-x"), ("check", "-y.yaml")):
        refused = invoke(*call)
        assert refused.exit_code == 2
        path = refused.stderr.split()[-1]
        assert done(*call[:-1], path).exit_code == 0
