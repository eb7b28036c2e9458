"""Series that are not what they should be: an error that names file and row or key, exit code 2,
and no run left behind.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit.config import load_config
from rnnkit.data.datasets.series import SeriesFile
from rnnkit.errors import RnnkitError
from rnnkit.tasks.forecasting.task import Forecasting
from rnnkit.tasks.prepared import Source
from tests.cli.invoke import invoke

CONFIG = """\
task: {forecasting: {timesteps: 3, horizon: 2}}
data: {dataset: {series: {path: s.csv, target: y, time: t}}, split: 0.2}
model: {embedding: none, layers: [simple_rnn: 3]}
train: {epochs: 1, batch_size: 4}
"""
KEY = "data.dataset.series"
GOOD = [f"2020-01-{day:02d},{day % 5},{day}" for day in range(1, 31)]


def write(rows: list[str], header: str = "t,y,x") -> None:
    Path("s.csv").write_text("\n".join([*([header] if header else []), *rows]) + "\n")


def with_row(row: str, index: int = 4) -> list[str]:
    """The good rows with another in the place of one: row 6 of the file."""
    return [*GOOD[:index], row, *GOOD[index + 1 :]]


def notes(*overrides: str) -> str:
    """What training and evaluation say of the data first."""
    Path("c.yaml").write_text(CONFIG)
    task = load_config(Path("c.yaml"), overrides)
    assert isinstance(task, Forecasting)
    return "\n".join(task.prepare(Source()).notes)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (with_row("2020-01-05,cold,3"), r"s\.csv.*row 6: y.*'cold'.*missing: \['cold'\]"),
        (with_row("2020-01-05,1.000.5,3"), r"row 6: y.*'1\.000\.5'"),
        (with_row("2020-01-05,-Infinity,3"), "row 6: y.*-Infinity.*finite"),
        (with_row("2020-01-05,1e39,3"), "row 6: y.*1e39.*finite"),
        (with_row("2020-01-05,nan,3"), "y is missing at row 6.*fill: previous"),
        (with_row("2020-01-05,,3"), "y is missing at row 6"),
        (with_row("2020-01-04,3,3"), "row 6 repeats.*row 5.*resample"),
        (with_row("2019-12-04,3,3"), "row 6, 2019-12-04.*after 2020-01-04"),
        (GOOD[::-1], "row 3, 2020-01-29.*29 such rows"),
        (GOOD[:4] + GOOD[6:], "row 6, 2020-01-07.*3 days.*26 of 27.*resample: 1D"),
        (with_row("5.1.2020,3,3"), r"row 6: t.*'5\.1\.2020'.*Correct"),
        (with_row(",3,3"), "row 6: t.*''"),
        (with_row("2020-01-05,3,3,4"), "row 6 has 4 fields"),
        ([row.split(",")[0] + ",,1" for row in GOOD], r"s\.csv.*no row with all of y"),
        ([], r"s\.csv.*no rows"),
    ],
)
def test_series_file_refuses_wrong_rows(rows: list[str], words: str) -> None:
    write(rows)
    with pytest.raises(RnnkitError, match=rf"{KEY}\.path.*{words}") as caught:
        notes()
    assert caught.value.exit_code == 2
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["path=t.csv"], r"path.*'t\.csv'.*Did you mean"),
        (["target=z"], r"'z'.*s\.csv.*'t', 'y', 'x'.*target: y`"),
        (["time=when"], "'when'"),
        (["features=[rain]"], "'rain'"),
        (["features=[y]"], "features: 'y' twice"),
        (["target=[]"], "target.*empty list"),
        (["known=[x]"], "known: 'x'"),
        (["resample=1x"], "resample.*'1x'.*5min"),
        (["resample=0D"], "resample.*'0D'"),
        (["time=null", "cycles=[day]"], "cycles: no time"),
        (["cycles=[day, day]"], "cycles.*twice"),
        (["cycles=[moon]"], "cycles.*moon"),
    ],
)
def test_series_file_refuses_wrong_keys(overrides: list[str], words: str) -> None:
    write(GOOD)
    with pytest.raises(RnnkitError, match=rf"{KEY}.*{words}"):
        notes(*(f"{KEY}.{override}" for override in overrides))


def test_train_leaves_no_run_after_refused_data(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CONFIG)
    write(with_row("2020-01-05,cold,3"))
    before = sorted(path.name for path in tmp_path.iterdir())
    result = invoke("train", "c.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {KEY}.path: ")
    assert len(result.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_series_file_reads_a_file_without_a_header_by_position() -> None:
    write(GOOD, header="")
    with pytest.raises(RnnkitError, match=r"row 1.*'1' twice.*header: false"):
        notes()
    assert "train 24 steps" in notes(f"{KEY}.header=false", f"{KEY}.target=1", f"{KEY}.time=0")


def test_series_file_refuses_a_mistaken_time() -> None:
    write(["0002-01-01,1,2", "2020-01-01,2,3"])
    with pytest.raises(RnnkitError, match=r"2 rows would become.*1min.*times wrong"):
        notes(f"{KEY}.resample=1min")


def test_series_file_counts_filled_gaps() -> None:
    write(with_row("2020-01-05,,3"))
    filled = notes(f"{KEY}.fill=previous")
    assert "y: 1 of 30 steps missing" in filled
    assert "train: 2 windows" in filled
    write(GOOD[:4] + GOOD[6:])
    assert "y: 2 of 30 steps missing" in notes(f"{KEY}.resample=1D", f"{KEY}.fill=previous")


def test_prepare_counts_unknown_categories(caplog: pytest.LogCaptureFixture) -> None:
    days = [",".join(row.split(",")[:2]) for row in GOOD]
    write([f"{day},{'late' if index > 27 else 'early'}" for index, day in enumerate(days)])
    notes(f"{KEY}.categorical=[x]")
    assert re.search(r"x: 'late'.*2 steps", caplog.text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.booleans())
def test_series_file_reads_or_refuses_any_content(content: str, header: bool) -> None:
    Path("f.csv").write_bytes(("t,y\n" * header + content).encode("utf-8", "replace"))
    try:
        series = SeriesFile(path="f.csv", target="y", time="t", fill="previous").load()
    except RnnkitError as error:
        assert error.exit_code == 2
        return
    assert len(series) >= 1
