"""Starters that train as they are, and the difference of two configs."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from rnnkit.config import dump_config, load_config, parse_config
from rnnkit.config.yaml12 import parse
from rnnkit.errors import RnnkitError
from rnnkit.workflows.configs import STARTERS, difference, starter
from tests.cli.invoke import done, invoke


@pytest.mark.parametrize("task", STARTERS)
def test_starter_is_commented_and_names_its_train_command(task: str) -> None:
    lines = done("config", "new", task).stdout.splitlines()
    written = [line for line in lines if line.strip()]
    assert sum("# " in line for line in written) / len(written) > 0.3
    assert f"rnnkit train {task}.yaml" in lines[0]
    assert f"rnnkit config show {task}.yaml" in lines[1]


@pytest.mark.parametrize("task", STARTERS)
def test_starter_shows_every_section_of_its_task(task: str) -> None:
    tree = parse(starter(task), task).tree
    config = parse_config(starter(task), task)
    assert config.kind() == task
    assert set(tree) == set(type(config).model_fields) - {"published", "sweep"}
    # a mark in front of each comment
    assert re.sub(r"(?m) *# .*$", "", starter(task)).count("#") == 0


@pytest.mark.parametrize(
    "task",
    [
        pytest.param(task, marks=[pytest.mark.smoke] * (task != "classification"))
        for task in STARTERS
    ],
)
def test_starter_trains_unchanged(task: str, tmp_path: Path, runs: Path) -> None:
    """It is scored too, and the next command that it names answers."""
    (tmp_path / f"{task}.yaml").write_text(done("config", "new", task).stdout)
    assert done("check", f"{task}.yaml").stdout.startswith(f"{task}.yaml: ok ({task};")
    trained = done("train", f"{task}.yaml", "--smoke").stdout
    run = runs / task
    assert f"saved in {run}" in trained
    assert {
        "config.yaml",
        "weights.npz",
        "manifest.json",
        "history.csv",
        "metrics.json",
        "model.keras",
    } <= {path.name for path in run.iterdir()}
    evaluations = json.loads(done("evaluate", run, "--json").stdout)
    assert [evaluation["rows"][0]["who"] for evaluation in evaluations] == ["this run"]
    assert evaluations[0]["part"] in ("validation", "train")
    next_line = trained.splitlines()[-1]
    assert next_line.startswith("next: rnnkit ")
    assert done(*shlex.split(next_line.removeprefix("next: rnnkit "))).stdout.strip()
    assert done("train", task, "--resume").exit_code == 0  # and the run is whole


def test_starter_in_a_file_takes_overrides(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text(done("config", "new", "language_model").stdout)
    assert (
        load_config(
            tmp_path / "my.yaml",
            ["model.layers.0.lstm.units=5", "train.optimizer={sgd: {momentum: 0.9}}"],
        ).train.epochs
        == 20
    )


@pytest.mark.parametrize(
    ("task", "hint"),
    [
        ("langauge_model", "Did you mean 'language_model'?"),
        ("Forecasting", "Did you mean 'forecasting'?"),
        ("poetry", ""),
    ],
)
def test_starter_suggests_a_task_for_an_unknown_one(task: str, hint: str) -> None:
    result = invoke("config", "new", task)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"unknown task {task!r}. Expected one of: {', '.join(STARTERS)}." in result.stderr
    assert hint in result.stderr


def test_starter_refuses_paths(tmp_path: Path) -> None:
    for task in ("../starters/forecasting", "", ".", str(tmp_path)):
        with pytest.raises(RnnkitError, match="unknown task"):
            starter(task)


def test_difference_of_equal_configs_is_empty(tmp_path: Path) -> None:
    assert difference("fable", "fable") == []
    assert done("config", "diff", "fable", "fable").stdout == "no difference\n"
    # However they are written: the resolved one has every key.
    (tmp_path / "resolved.yaml").write_text(done("config", "show", "fable").stdout)
    assert difference("fable", "resolved.yaml") == []


def test_difference_lists_keys_with_both_values(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "task: {language_model: 3}\ndata: {dataset: fable, split: 0}\nmodel: {embedding: 8, layers:"
        " [lstm: 4]}\ntrain: {learning_rate: 0.1}\n"
    )
    (tmp_path / "b.yaml").write_text(
        "task: {language_model: 5}\ndata: {dataset: fable, split: 0}\nmodel: {embedding: 8, layers:"
        " [lstm: 4, dropout: 0.5]}\ntrain: {learning_rate: 0.1, early_stopping: 2, optimizer:"
        " sgd}\n"
    )
    found = {path: (first, second) for path, first, second in difference("a.yaml", "b.yaml")}
    assert found["task.window"] == (3, 5)
    assert found["model.layers.1.dropout.rate"] == (None, 0.5)
    assert found["train.early_stopping.patience"] == (None, 2)
    assert found["train.optimizer.adam.beta_1"] == (0.9, None)
    assert found["train.optimizer.sgd.momentum"] == (None, 0.0)
    assert not [
        path for path in found if path.startswith(("data", "model.layers.0", "train.learning_rate"))
    ]
    assert {
        path: (second, first) for path, first, second in difference("b.yaml", "a.yaml")
    } == found


def test_difference_is_printed_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(
        dump_config(
            load_config(Path(done("check", "fable").stdout.split(": ok")[0]), ["train.epochs=7"])
        )
    )
    header, *rows = done("config", "diff", "fable", "other.yaml").stdout.splitlines()
    assert header.split() == ["key", "fable", "other.yaml"]
    assert [row.split() for row in rows] == [["train.epochs", "100", "7"]]


def test_difference_shows_a_layer_of_another_kind() -> None:
    paths = [path for path, *_ in difference("fable", "fable_simple_rnn")]
    assert "model.layers.0.lstm.units" in paths
    assert "model.layers.0.simple_rnn.units" in paths


def test_difference_compares_a_run_with_its_config(fable_run: Path, runs: Path) -> None:
    assert difference(str(fable_run), "fable_simple_rnn") == []
    run = runs / "changed"
    shutil.copytree(fable_run, run)
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(text.replace("epochs: 150", "epochs: 151"))
    assert difference("fable_simple_rnn", str(run)) == [("train.epochs", 150, 151)]


@pytest.mark.parametrize("names", [["fable", "fabel"], ["fabel", "fable"]])
def test_difference_suggests_a_name_for_an_unknown_one(names: list[str]) -> None:
    result = invoke("config", "diff", *names)
    assert result.exit_code == 2
    assert "Did you mean 'fable'?" in result.stderr


def test_difference_explains_a_wrong_config(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(
        "task: {language_model: 3}\ndata: {dataset: fabel}\nmodel: {embedding: 8, layers: [lstm:"
        " 4]}\n"
    )
    result = invoke("config", "diff", "fable", "wrong.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: wrong.yaml:2: data.dataset: unknown dataset 'fabel'.")
