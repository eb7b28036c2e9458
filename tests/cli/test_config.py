from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnkit.config import load_config, parse_config, shipped_configs
from rnnkit.workflows.configs import STARTERS
from tests.cli.invoke import done, invoke
from tests.conftest import Rnnkit


@pytest.mark.parametrize(
    "name", sorted(shipped_configs())[::4]
)  # their check: tests/test_configs.py
def test_config_show_prints_a_config(name: str, tmp_path: Path) -> None:
    shown = done("config", "show", name)
    assert shown.stderr == ""
    (tmp_path / "again.yaml").write_text(shown.stdout, encoding="utf-8")
    assert load_config(tmp_path / "again.yaml") == load_config(shipped_configs()[name])
    assert done("config", "show", "again.yaml").stdout == shown.stdout
    as_json = done("config", "show", name, "--json").stdout
    assert parse_config(as_json) == load_config(shipped_configs()[name])
    assert json.loads(as_json).keys() >= {"task", "data", "model", "train"}
    assert done("check", "again.yaml").stdout.startswith("again.yaml: ok")


def test_config_show_resolves_overrides_and_defaults() -> None:
    config = parse_config(
        done("config", "show", "fable", "train.epochs=7", "model.layers.0.lstm.dropout=0.5").stdout
    )
    assert config.train.epochs == 7
    assert (config.model.layers[0].units, config.model.layers[0].dropout) == (512, 0.5)


def test_config_list_names_every_shipped_config_with_its_command() -> None:
    lines = done("config", "list").stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == list(shipped_configs())
    assert all(f"rnnkit train configs/{line.split()[0]}.yaml" in line for line in lines)
    known = json.loads(done("config", "list", "--json").stdout)
    assert [one["name"] for one in known] == list(shipped_configs())


@pytest.mark.parametrize("task", STARTERS)
def test_config_new_prints_a_config_that_checks(task: str, tmp_path: Path) -> None:
    (tmp_path / "starter.yaml").write_text(done("config", "new", task).stdout, encoding="utf-8")
    assert f"ok ({task}" in done("check", "starter.yaml").stdout


def test_config_schema_prints_json_schema() -> None:
    schema = json.loads(done("config", "schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")


def test_config_diff_prints_the_keys_that_differ() -> None:
    done("config", "show", "fable")
    assert done("config", "diff", "fable", "fable").stdout == "no difference\n"
    lines = done("config", "diff", "fable", "fable_simple_rnn").stdout.splitlines()
    assert lines[0].split() == ["key", "fable", "fable_simple_rnn"]
    assert ["train.epochs", "100", "150"] in [line.split() for line in lines]
    differing = json.loads(done("config", "diff", "fable", "fable_simple_rnn", "--json").stdout)
    assert {"key": "train.epochs", "first": 100, "second": 150} in differing
    assert json.loads(done("config", "diff", "fable", "fable", "--json").stdout) == []


def test_check_reports_that_the_data_is_not_read(rnnkit: Rnnkit) -> None:
    result = rnnkit("check", "fable")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(str(shipped_configs()["fable"]))
    assert "ok (language_model; data not read" in result.stdout


def test_check_gives_the_mistakes_as_json() -> None:
    path = str(shipped_configs()["fable"])
    right = json.loads(done("check", "fable", "--json").stdout)
    assert right == {"config": path, "task": "language_model", "mistakes": [], "remarks": []}
    unused = invoke("check", "fable", "generate.length_penalty=0.5", "--json")
    (remark,) = json.loads(unused.stdout)["remarks"]
    assert remark == {
        "where": "generate.length_penalty",
        "got": "0.5 has no effect: beam_size is 1",
        "hint": "Leave it out, or set `generate.beam_size: 4`",
    }
    assert unused.exit_code == 0
    assert "generate.length_penalty: 0.5 has no effect: beam_size is 1. Leave" in unused.stderr
    result = invoke("check", "fable", "train.epochs=0", "nosuch=1", "--json")
    assert result.exit_code == 2
    assert {one["where"]: one["got"] for one in json.loads(result.stdout)["mistakes"]} == {
        "command line: train.epochs": "found 0",
        "command line: nosuch": "unknown key",
    }
    assert result.stderr.count("Error: ") == 2
    assert "rnnkit doctor" in invoke("check", "--device", "--json").stderr


def test_check_build_reads_the_data_and_builds_the_model(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("one two three four five " * 5, encoding="utf-8")
    dataset = f"data.dataset={{text: {tmp_path / 'text.txt'}}}"
    assert (
        "ok, and the model builds" in done("check", "fable_simple_rnn", dataset, "--build").stdout
    )
