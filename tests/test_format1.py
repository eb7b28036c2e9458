"""Format 1 stays readable: runs that earlier versions of this repository wrote, of its first day
(commit 8bd67c4) and before the redesign (170b470), without what is exported or drawn.

    task: {language_model: {window: 3}}
    data: {dataset: fable}
    model: {embedding: 4, layers: [simple_rnn: 8]}
    train: {epochs: 3, batch_size: 20, learning_rate: 0.05}
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import rnnkit
from tests.conftest import REPO

EARLIER = REPO / "tests" / "fixtures" / "format1"
SEED = "had a general council"


@pytest.fixture(params=["first", "before_redesign"])
def earlier(request: pytest.FixtureRequest, runs: Path) -> Path:
    return Path(shutil.copytree(EARLIER / request.param, runs / request.param))


def test_a_run_of_an_earlier_version_answers_and_continues(earlier: Path) -> None:
    run = rnnkit.load_run(earlier)
    assert len(run.generate(SEED, max_new_tokens=3)[0].split()) > len(SEED.split())
    assert len(run.predict([SEED])) == 1
    assert run.history.index.tolist() == [1, 2, 3]
    recorded = json.loads((earlier / "metrics.json").read_text())
    loss = recorded["validation"]["this run"]["loss"]
    scores = run.evaluate("validation").frame().set_index("metric").value
    assert scores["loss"] == pytest.approx(loss, rel=1e-5)
    before = run.history.loss.tolist()
    run.resume(epochs=4, verbose=False, allow_changes=True)  # other libraries than it had
    assert run.history.index.tolist() == [1, 2, 3, 4]
    assert run.history.loss.tolist()[:3] == before
    assert run.history.loss.iloc[3] < before[2]
