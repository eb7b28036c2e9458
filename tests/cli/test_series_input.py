"""Series that are not what they should be: one line that names file and row or key, exit code 2,
and no run left behind.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit.config import load_config
from rnnkit.data.datasets.series import SeriesFile
from rnnkit.errors import RnnkitError
from tests.cli.invoke import invoke

CONFIG = """\
task: {forecasting: {timesteps: 3, horizon: 2}}
data: {dataset: {series: {path: s.csv, target: y, time: t}}, split: 0.2}
model: {embedding: none, layers: [simple_rnn: 3]}
train: {epochs: 1, batch_size: 4}
"""
KEY = "data.dataset.series"
GOOD = [f"2020-01-{day:02d},{day % 5},{day}" for day in range(1, 31)]

Refused = Callable[..., None]


def write(rows: list[str], header: str = "t,y,x") -> None:
    Path("s.csv").write_text("\n".join([*([header] if header else []), *rows]) + "\n")


def with_row(row: str, index: int = 4) -> list[str]:
    """The good rows with another in the place of one: row 6 of the file."""
    return [*GOOD[:index], row, *GOOD[index + 1 :]]


@pytest.fixture
def refused(tmp_path: Path, runs: Path) -> Refused:
    """Checks that training is refused with a line of `words`, and that no run is there."""
    (tmp_path / "c.yaml").write_text(CONFIG)

    def check(*words: str, overrides: tuple[str, ...] = ()) -> None:
        before = sorted(path.name for path in tmp_path.iterdir())
        result = invoke("train", "c.yaml", *overrides)
        assert (result.exit_code, result.stdout) == (2, ""), result.stderr
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert result.stderr.startswith("Error: ")
        assert len(result.stderr) < 600
        assert all(word in result.stderr for word in words), (words, result.stderr)
        assert sorted(path.name for path in tmp_path.iterdir()) == before

    return check


def described(*overrides: str) -> str:
    """What training and evaluation say of the data first."""
    Path("c.yaml").write_text(CONFIG)
    return "\n".join(load_config(Path("c.yaml"), overrides).load_data().describe())


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            with_row("2020-01-05,cold,3"),
            ["s.csv: row 6: y is 'cold'. Expected a number", "`categorical: [y]`"],
        ),
        (with_row("2020-01-05,1.000.5,3"), ["row 6: y is '1.000.5'"]),
        (with_row("2020-01-05,inf,3"), ["s.csv: row 6: y is inf. Expected a finite number"]),
        (with_row("2020-01-05,-Infinity,3"), ["row 6: y is -Infinity. Expected a finite number"]),
        (with_row("2020-01-05,1e39,3"), ["row 6: y is 1e39. Expected a finite number"]),
        (
            with_row("2020-01-05,nan,3"),
            ["y is missing at row 6: 1 of 30 steps", "`fill: previous` or `fill: linear`"],
        ),
        (with_row("2020-01-05,,3"), ["y is missing at row 6"]),
        (
            with_row("2020-01-04,3,3"),
            ["row 6 repeats the time of row 5, 2020-01-04", "`resample: 1h`"],
        ),
        (
            with_row("2019-12-04,3,3"),
            ["row 6, 2019-12-04, stands after 2020-01-04", "Sort the file by time"],
        ),
        (GOOD[::-1], ["row 3, 2020-01-29, stands after 2020-01-30 (29 such rows)"]),
        (
            GOOD[:4] + GOOD[6:],
            [
                "row 6, 2020-01-07, comes 3D after the row before; 26 of 27 steps are 1D",
                "`resample: 1D` and `fill: previous`",
            ],
        ),
        (
            with_row("5.1.2020,3,3"),
            ["row 6: t is '5.1.2020'. Expected a time such as", "`time_format: '%d.%m.%Y %H:%M'`"],
        ),
        (with_row(",3,3"), ["row 6: t is ''"]),
        (with_row("2020-01-05,3,3,4"), ["row 6 has 4 fields where the first has 3"]),
        ([row.split(",")[0] + ",,1" for row in GOOD], ["s.csv has no row with all of y"]),
        ([], ["s.csv has no rows"]),
        (
            GOOD[:4],
            ["task.forecasting.timesteps: 3 steps and 2 ahead, but the train part has 3 steps"],
        ),
    ],
)
def test_rows_that_are_refused(rows: list[str], words: list[str], refused: Refused) -> None:
    write(rows)
    refused(*words)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ([f"{KEY}.path=t.csv"], [f"{KEY}.path: no such file: 't.csv'", "Did you mean"]),
        ([f"{KEY}.target=z"], ["no column 'z' in s.csv. It has: 't', 'y', 'x'", "`target: 0`"]),
        ([f"{KEY}.time=when"], ["no column 'when' in s.csv"]),
        ([f"{KEY}.features=[rain]"], ["no column 'rain' in s.csv"]),
        ([f"{KEY}.features=[y]"], [f"{KEY}.features: 'y' twice"]),
        ([f"{KEY}.target=[]"], [f"{KEY}.target: an empty list"]),
        (
            [f"{KEY}.known=[x]"],
            [f"{KEY}.known: 'x', which is neither in features nor in categorical"],
        ),
        ([f"{KEY}.resample=1x"], [f"{KEY}.resample: found '1x'. Expected a step such as 5min"]),
        ([f"{KEY}.resample=0D"], [f"{KEY}.resample: found '0D'"]),
        ([f"{KEY}.time=null", f"{KEY}.cycles=[day]"], [f"{KEY}.cycles: no time"]),
        ([f"{KEY}.cycles=[day, day]"], [f"{KEY}.cycles: a cycle twice"]),
        ([f"{KEY}.cycles=[moon]"], [f"{KEY}.cycles"]),
        (
            ["task.forecasting.horizon=40"],
            ["3 steps and 40 ahead, but the train part has 24 steps"],
        ),
        (
            ["task.forecasting.horizon=8"],
            ["task.forecasting.horizon: 3 steps and 8 ahead, but the validation part has 6 steps"],
        ),
        (
            ["task.forecasting.quantiles=[0.9, 0.1]"],
            ["task.forecasting.quantiles: found [0.9, 0.1]"],
        ),
        (["task.forecasting.quantiles=[0.1, 0.9]"], ["with 0.5 among them"]),
        (["task.forecasting.quantiles=[0, 0.5]"], ["task.forecasting.quantiles"]),
        (
            ["task.forecasting.method=recursive", "task.forecasting.loss=quantile"],
            ["task.forecasting.method: recursive, with quantiles"],
        ),
        (
            ["task.forecasting.method=recursive", f"{KEY}.features=[x]"],
            ["the future of 'x' is neither forecast nor known"],
        ),
        (
            ["data.transform=return"],
            ["data.transform: return, but y is 0 at 2020-01-05. Expected numbers above 0"],
        ),
        (
            [f"{KEY}.categorical=[y]", "data.transform=difference"],
            ["data.transform: found 'difference'. Expected none"],
        ),
        (
            [f"{KEY}.categorical=[x]", f"{KEY}.target=x"],
            ["2020-01-25: x is '25', which the training part does not have"],
        ),
    ],
)
def test_settings_that_are_refused(
    overrides: list[str], words: list[str], refused: Refused
) -> None:
    write(GOOD)
    refused(*words, overrides=tuple(overrides))


def test_a_file_without_a_header(refused: Refused) -> None:
    write(GOOD, header="")
    refused("row 1 names a column '1' twice", "`header: false`")
    assert "train 24 steps" in described(f"{KEY}.header=false", f"{KEY}.target=1", f"{KEY}.time=0")


def test_a_time_that_is_mistaken(refused: Refused) -> None:
    write(["0001-01-01,1,2", "2020-01-01,2,3"])
    refused(
        "2 rows would become 1,061,890,561 steps of 1min",
        "Is a time mistaken?",
        overrides=(f"{KEY}.resample=1min",),
    )


def test_what_is_borne_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(with_row("2020-01-05,,3"))
    assert (
        "y: 1 of 30 steps were missing, in 1 gaps, and are filled by the value before: from row 6"
        in described(f"{KEY}.fill=previous")
    )
    assert (
        "train: 2 windows would forecast a number that was filled, and are left out"
        in described(f"{KEY}.fill=previous")
    )
    write(GOOD[:4] + GOOD[6:])
    assert "y: 2 of 30 steps were missing, in 1 gaps" in described(
        f"{KEY}.resample=1D", f"{KEY}.fill=previous"
    )
    write([",".join([*row.split(",")[:2], "7"]) for row in GOOD])
    assert (
        "x: 7.0 at each of the 24 steps of the training part: nothing can be learnt from it"
        in described(f"{KEY}.features=[x]")
    )
    write(
        [
            ",".join([*row.split(",")[:2], "late" if index > 27 else "early"])
            for index, row in enumerate(GOOD)
        ]
    )
    described(f"{KEY}.categorical=[x]")
    assert "data.dataset: x: 2 steps of 'late', which the training part does not" in caplog.text


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=200), st.booleans())
def test_whatever_stands_in_a_file_is_read_or_refused(content: str, header: bool) -> None:
    Path("f.csv").write_bytes(("t,y\n" * header + content).encode("utf-8", "replace"))
    try:
        series = SeriesFile(path="f.csv", target="y", time="t", fill="previous").load()
    except RnnkitError as error:
        assert error.exit_code == 2
        return
    assert len(series) >= 1
