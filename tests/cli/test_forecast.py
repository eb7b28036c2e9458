"""The options of `forecast` and `anomalies`, and those of `predict` that they were before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnkit.cli.options import picture_path
from tests.cli.invoke import done, invoke
from tests.helpers.forecasters import trained_forecaster


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(trained_forecaster("machine", tmp_path_factory))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["forecast", "--horizon", "0"], "--horizon"),
        (["forecast", "--json", "-o", "x.csv"], "--json and --output"),
        (["anomalies", "--threshold", "1"], "--threshold"),
        (["anomalies", "--horizon", "3"], "--horizon"),
    ],
)
def test_forecast_and_anomalies_refuse_wrong_options(arguments: list[str], word: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert word in result.stderr


@pytest.mark.parametrize(
    ("plot", "output", "picture"),
    [
        (None, "next.csv", None),
        ("mine.png", "next.csv", "mine.png"),
        ("", "next.csv", "next.png"),
        ("", "-", "forecast.png"),
        ("", None, "forecast.png"),
    ],
)
def test_picture_path_is_named_after_the_table(
    plot: str | None, output: str | None, picture: str | None
) -> None:
    assert picture_path(plot, output, "forecast.png") == picture


def test_forecast_and_anomalies_name_the_picture(run: str) -> None:
    done("forecast", run, "--plot", "--horizon", 2)
    done("anomalies", run, "--plot")
    assert sorted(path.name for path in Path().glob("*.png")) == ["anomalies.png", "forecast.png"]


def test_forecast_refuses_a_horizon_beyond_a_direct_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    result = invoke("forecast", trained_forecaster("direct", tmp_path_factory), "--horizon", 4)
    assert result.exit_code == 2
    assert "--horizon: 4" in result.stderr


def test_predict_forecasts_from_typed_numbers(tmp_path_factory: pytest.TempPathFactory) -> None:
    direct = trained_forecaster("direct", tmp_path_factory)
    rows = json.loads(done("predict", direct, "--text", "0 0.8 0.9", "--json").stdout)
    assert [row["step"] for row in rows] == [1, 2]
    table = done("predict", direct, "--text", "-", stdin="0 0.8 0.9\n").stdout.splitlines()
    shown = [["step", "forecast"], *([str(r["step"]), str(r["forecast"])] for r in rows)]
    assert [line.split() for line in table] == shown
    result = invoke("predict", direct, "--text", "0.1 0.2")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: --text: 2 numbers")


def test_generate_and_evaluate_refuse_a_forecaster(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    direct = trained_forecaster("direct", tmp_path_factory)
    Path("more.csv").write_text("number\n1\n")
    for arguments, word in (
        (["generate", direct, "--seed", "0.1 0.2 0.3"], "generates text"),
        (["evaluate", direct, "--data", "more.csv"], "--data: "),
    ):
        result = invoke(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert word in result.stderr


def test_run_former_calls_the_new_verbs(run: str) -> None:
    former = done("predict", run, "--horizon", 3)
    assert former.stdout == done("forecast", run, "--horizon", 3).stdout
    assert "rnnkit forecast" in former.stderr
    former = done("predict", run, "--anomalies", "--json")
    assert json.loads(former.stdout) == json.loads(done("anomalies", run, "--json").stdout)
    assert "rnnkit anomalies" in former.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--horizon", "2", "--text", "1 2"], "--text"),
        (["--anomalies", "--top", "2"], "--top"),
        (["--horizon", "2", "--column", "x"], "--column"),
        (["--anomalies", "--horizon", "3"], "--horizon"),
        (["--windows", "labels.json"], "--windows"),
    ],
    ids=str,
)
def test_predict_refuses_what_does_not_go_with_a_former_option(
    run: str, arguments: list[str], word: str
) -> None:
    result = invoke("predict", run, *arguments)
    assert result.exit_code == 2
    assert f"Error: {word} " in result.stderr
