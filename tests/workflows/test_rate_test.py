"""`rnnkit train --learning-rate-test`: for every task, on both backends, and nothing is kept."""

from __future__ import annotations

import json
import re
import shlex
import tempfile
from pathlib import Path

import numpy as np
import pytest

import rnnkit
from rnnkit.training.rate_test import LOWEST, STEPS
from rnnkit.workflows import rate_test as workflow
from tests.cli.invoke import done, invoke
from tests.conftest import REPO

pytestmark = pytest.mark.backend

STARTERS = sorted((REPO / "rnnkit" / "tasks" / "starters").glob("*.yaml"))
TINY = ["model.embedding=4", "model.layers=[pool: mean]", "train.optimizer=adam"]


@pytest.mark.soak
@pytest.mark.parametrize("starter", STARTERS, ids=lambda path: path.stem)
def test_rates_of_every_task(starter: Path, runs: Path) -> None:
    found = workflow.test_rates(str(starter))
    measured = found.measured
    assert len(measured.rates) == len(measured.losses) == len(measured.smoothed) <= STEPS
    assert np.isfinite(measured.losses).all()
    assert measured.diverged or len(measured.rates) == STEPS
    assert measured.rates[0] == pytest.approx(LOWEST)
    assert found.setting == f"train.learning_rate={measured.suggestion:g}"
    assert 1e-4 < (measured.suggestion or 0) < 1
    assert not runs.exists()


def test_learning_rate_test_suggests_a_setting_and_keeps_nothing(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"  # the machine's own is used by the tests that run beside this
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setattr("rnnkit.progress.SECONDS_BETWEEN_LINES", 0)
    call = ("train", "fable_simple_rnn", *TINY, "--learning-rate-test")
    result = done(*call, "--plot")
    assert re.search(rf"^10 of {STEPS} steps, [\d,]+ s left$", result.stderr, re.MULTILINE)
    table = result.stdout.splitlines()
    assert table[0].split() == ["learning", "rate", "loss", "smoothed"]
    assert "falls fastest" in table[-2]
    following = shlex.split(table[-1].removeprefix("next: rnnkit "))
    assert following[:2] == ["train", "fable_simple_rnn"]
    assert following[-1].startswith("train.learning_rate=")
    assert done("check", *following[1:]).exit_code == 0
    assert Path("learning-rate-test.png").read_bytes().startswith(b"\x89PNG")
    assert not runs.exists()
    assert not list(scratch.glob("rnnkit-*"))
    assert invoke(*call, "--plot").exit_code == 2  # it is not replaced unasked
    plain = json.loads(done(*call, "--plot", "--overwrite", "--json").stdout)
    assert plain["setting"] == following[-1]  # the same seed, the same losses
    assert not runs.exists()
    assert len(plain["rates"]) == len(plain["losses"]) == len(plain["smoothed"])
    assert plain["configured"] == 0.003


def test_learning_rate_test_where_the_first_loss_is_no_number(runs: Path) -> None:
    """No rate helps there, in a training neither."""
    huge = {"dataset": {"numbers": [0, 1e30] * 8}, "scale": "none", "split": 0}
    model = {"embedding": "none", "layers": [{"simple_rnn": 2}]}
    config = {"task": {"forecasting": {"timesteps": 2}}, "data": huge, "model": model}
    with pytest.raises(rnnkit.RnnkitError, match=r"loss is inf.*No step was taken yet"):
        rnnkit.learning_rate_test(config)
    with pytest.raises(rnnkit.RnnkitError, match=r"scale down the numbers that [^:]*$"):
        rnnkit.train(config)


def test_learning_rate_test_of_data_in_memory(runs: Path) -> None:
    """From Python, with the columns of `rnnkit.train`."""
    config = {"task": "classification", "model": {"layers": [{"simple_rnn": 4}]}}
    texts = [f"{word} film number {n}" for n in range(40) for word in ("fine", "dull")]
    table = {"said": texts, "verdict": ["good", "bad"] * 40}
    found = rnnkit.learning_rate_test(config, data=table, text="said", label="verdict")
    assert found.suggestion is not None and 1e-3 < found.suggestion < 1
    assert len(found.frame()) == len(found.losses)
    assert found.overrides == {"train.learning_rate": found.suggestion}
    assert found.plot("rates.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(rnnkit.RnnkitError, match="output"):
        found.plot("rates.png")
    assert not runs.exists()
    with pytest.raises(TypeError, match=r"learning_rate_test\(\) got an unexpected.*txt"):
        rnnkit.learning_rate_test(config, data=table, txt="text")  # type: ignore[call-arg]
    with pytest.raises(rnnkit.RnnkitError, match=r"data.*data=\.\.\."):
        rnnkit.learning_rate_test(config)


@pytest.mark.parametrize(
    "options",
    [
        ("--json",),
        ("--plot", "a.png"),
        ("--learning-rate-test", "--overwrite"),
        ("--learning-rate-test", "--resume"),
        ("--learning-rate-test", "--smoke"),
        ("--learning-rate-test", "--dry-run"),
        ("--learning-rate-test", "--init-from", "fable"),
        ("--learning-rate-test", "--plot", "a.jpg"),
    ],
    ids=" ".join,
)
def test_learning_rate_test_refuses_what_does_not_go_with_it(options: tuple[str, ...]) -> None:
    assert invoke("train", "fable_simple_rnn", *options).exit_code == 2
