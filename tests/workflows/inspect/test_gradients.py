"""`inspect gradients` for every task, and `train.diagnose`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.training.diagnosis import HEADER, Diagnosis
from rnnkit.workflows.inspect.gradients import gradients
from rnnkit.workflows.trained import open_run
from tests.cli.invoke import done, invoke
from tests.helpers.untrained import untrained_run
from tests.workflows.inspect.test_trace import TASKS, run_of

TREE = (
    "task: {{language_model: {{window: 20}}}}\ndata: {{dataset: fable, split: 0}}\n"
    "model: {{embedding: 4, layers: [simple_rnn: {{units: 3, activation: {activation}}}]}}\n"
)
LAYERS = {
    "window": ["lstm", "min_gru"],
    "texts": ["min_lstm backward", "min_lstm forward"],
    "tags": ["simple_rnn backward", "simple_rnn forward"],
    "pairs": ["encoder/gru backward", "encoder/gru forward", "gru"],
}
CONDITIONED = """\
task: {language_model: {condition: label}}
data: {dataset: {labelled: {texts: {good: [one two, one three], bad: [four, five four six]}}},
  split: 0}
model: {embedding: 3, layers: [lstm: 3]}
"""


def linear(name: str, factor: float) -> str:
    """A run whose state is multiplied by this number at each step."""
    run = untrained_run(name, TREE.format(activation="linear"))
    weights = open_run(run)[3]
    weights["simple_rnn/recurrent_kernel"] = factor * np.eye(3, dtype=np.float32)
    run.save_weights(weights, {"task": "language_model"})
    return str(run)


@pytest.mark.parametrize("name", TASKS)
def test_gradients_of_every_task(name: str) -> None:
    (found,) = gradients([run_of(name)])
    if name in LAYERS:
        assert sorted(flow.name for flow in found.flows) == LAYERS[name]
    for flow in found.flows:
        assert np.isfinite(flow.norms).all()
        assert flow.norms[0] > 0
        assert flow.radius > 0


def test_gradients_of_a_chain_and_of_a_conditioned_model() -> None:
    tree = "task: {tagging: {crf: true}}\ndata: {dataset: {tagged: {sentences: [a/X b/Y, b/Y]}},"
    model = "model: {embedding: 3, layers: [gru: 3]}\n"
    chain = untrained_run("chain", f"{tree} split: 0}}\n{model}")
    for run in (chain, untrained_run("conditioned", CONDITIONED)):
        ((flow,),) = (one.flows for one in gradients([str(run)]))
        assert flow.norms[0] > 0


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (0.5, "vanishes: after 7 steps under 1 % is left"),
        (1.0, "reaches back 19 steps, where 100 % is left"),
        (2.0, "explodes: grows 2 x a step, for 19 steps"),
    ],
)
def test_gradients_of_a_linear_state(factor: float, verdict: str) -> None:
    ((flow,),) = (one.flows for one in gradients([linear("linear", factor)]))
    assert flow.verdict == verdict
    assert flow.rate == pytest.approx(factor, rel=1e-4)
    assert flow.radius == pytest.approx(factor, rel=1e-3)


def test_gradients_compares_runs_of_the_same_data(tmp_path: Path) -> None:
    runs = [linear("first", 0.5), linear("second", 2.0)]
    printed = done("inspect", "gradients", *runs, "-o", "g.png")
    assert "clip_norm" in printed.stderr
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads(done("inspect", "gradients", *runs, "--json").stdout)
    assert [one["layers"][0]["kind"] for one in found] == ["vanishes", "explodes"]
    assert invoke("inspect", "gradients", *runs, "-o", "g.png").exit_code == 2


def test_gradients_bad_input() -> None:
    pool = "model: {embedding: 4, layers: [pool: mean]}\n"
    tree = "task: {language_model: {window: 3}}\ndata: {dataset: fable, split: 0}\n"
    with pytest.raises(RnnkitError, match="no recurrent layer"):
        gradients([str(untrained_run("pooled", tree + pool))])
    run = RunFolder(Path(linear("other", 1.0)))
    weights = open_run(run)[3]
    run.save_weights(weights, {"task": "language_model", "data": "x"})
    with pytest.raises(RnnkitError, match="other data"):
        gradients([linear("one", 1.0), str(run)])


def test_diagnosis_of_a_resumed_training_is_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "gradients.csv"

    def one(*epochs: int) -> bytes:
        diagnosis = Diagnosis(lambda: path, lambda: ([["lstm", 3, "", 0.5, 0.1, 1.0]], []))
        for epoch in epochs:
            diagnosis.on_epoch_end(epoch)
        return path.read_bytes()

    whole = one(0, 1, 2)
    assert whole.decode().splitlines()[0] == HEADER
    assert len(whole.splitlines()) == 4
    assert one(0, 1, 2, 3) != whole
    assert one(1, 2) == whole  # from an earlier checkpoint
    path.write_bytes(b"\xff,\n1,\n")
    assert len(one(2).splitlines()) == 3  # a damaged row is one that stays


def test_train_diagnose_records_each_epoch_and_warns(runs: Path, tmp_path: Path) -> None:
    tree = TREE.format(activation="tanh").replace(
        "{units: 3", "{units: 3, recurrent_initializer: ones"
    )
    (tmp_path / "d.yaml").write_text(
        f"{tree}train: {{epochs: 2, batch_size: 100, diagnose: true}}\n"
    )
    printed = done("train", "d.yaml")
    rows = (runs / "d" / "gradients.csv").read_text().splitlines()
    assert rows[0] == HEADER
    assert [row.split(",")[:2] for row in rows[1:]] == [["1", "simple_rnn"], ["2", "simple_rnn"]]
    assert "train.diagnose" in printed.stderr


def test_diagnosis_of_a_layer_that_keras_alone_knows_warns_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise RnnkitError("", "the layer mine", "Expected layers whose equations rnnkit knows")

    diagnosis = Diagnosis(lambda: tmp_path / "g.csv", refuse)  # type: ignore[arg-type]
    for epoch in range(3):
        diagnosis.on_epoch_end(epoch)
    assert caplog.text.count("the layer mine") == 1
    assert not (tmp_path / "g.csv").exists()
