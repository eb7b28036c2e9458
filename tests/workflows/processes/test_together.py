"""Two processes that train one model, in one run for all tests; the chains of kills are in
test_chains.py.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from rnnkit import backend
from rnnkit.workflows.train import train
from tests.helpers.ranks import CONFIG, furthest, trained

ON_JAX = pytest.mark.skipif(os.environ["KERAS_BACKEND"] != "jax", reason="`make test-jax` runs it")


@pytest.fixture(scope="module")
def of_two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run, and what was said."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "tiny.yaml").write_text(CONFIG)
    runs = folder / "runs"
    done = trained(folder / "tiny.yaml", "--num-processes", 2, RNNKIT_RUNS=str(runs))
    return runs / "tiny", done.stdout + done.stderr


@pytest.mark.backend
@ON_JAX
def test_two_processes_end_with_the_same_weights_and_one_run(of_two: tuple[Path, str]) -> None:
    run, said = of_two
    assert "2 processes have the same weights" in said
    assert said.count("saved in") == 1
    assert [path.name for path in run.parent.iterdir()] == ["tiny"]


@pytest.mark.backend
@ON_JAX
def test_two_processes_do_what_one_does(of_two: tuple[Path, str], tmp_path: Path) -> None:
    config = tmp_path / "tiny.yaml"
    config.write_text(CONFIG)
    alone = train(str(config)).run.path
    assert backend.current() == "jax"
    run, _ = of_two
    assert furthest(alone, run) < 1e-6
    columns = ("loss", "accuracy", "val_loss")
    one, two = (
        [[float(row[name]) for name in columns] for row in csv.DictReader(lines)]
        for lines in ((folder / "history.csv").read_text().splitlines() for folder in (alone, run))
    )
    assert one == [pytest.approx(row, abs=1e-6) for row in two]
