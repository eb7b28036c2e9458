"""`inspect trace --backward`: for every task, gradients that are the slope of the loss it names;
and one step of training from scratch, which is keras'.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.workflows.inspect.scratch import LEARNING_RATE, architecture_of, scratch
from rnnkit.workflows.inspect.trace import Backward, TraceSelection, trace
from rnnkit.workflows.trained import open_run
from tests.cli.invoke import done, invoke
from tests.helpers.random_models import keras_model
from tests.workflows.inspect.test_trace import TASKS, run_of

TARGETS = {"window": "council", "texts": "good", "tags": "X Y X", "pairs": "3 2"}
LAST = {"pairs": "logits/bias", "numbers": "forecast/bias"}


def back(run: str, text: str, target: str | None = None) -> Backward:
    found = trace(run, text, TraceSelection(backward=True, target=target)).backward
    assert found is not None
    return found


@pytest.mark.parametrize("name", TASKS)
def test_backward_is_the_slope_of_the_loss_it_names(name: str) -> None:
    """The last bias moved along its gradient: the loss falls by the square of the norm."""
    path, text = run_of(name), TASKS[name][-1]
    target = TARGETS.get(name)
    before = back(path, text, target)
    gradient = next(one for one in before.weights if one.name == LAST.get(name, "logits/bias"))
    assert gradient.norm > 0
    run = RunFolder(Path(path))
    weights, size = open_run(run)[3], 1e-2
    moved = weights | {gradient.name: weights[gradient.name] - size * gradient.values}
    run.save_weights(moved, {"task": "x"})
    expected = -size * gradient.norm**2
    assert back(path, text, target).loss - before.loss == pytest.approx(expected, rel=0.05)


def test_backward_of_a_stacked_bidirectional_model_has_each_direction_from_its_last_step() -> None:
    found = back(run_of("texts"), "two three one")
    assert [one.name for one in found.directions] == ["forward", "backward"]
    forward, backward = found.directions
    assert forward.tokens == ["two", "three", "one"]
    assert backward.tokens == ["one", "three", "two"]
    assert list(forward.steps[0]) == ["h", *list(forward.steps[0])[1:]]


def test_backward_of_its_own_answer_and_of_another() -> None:
    run = run_of("window")
    own, other = back(run, "had a general"), back(run, "had a general", "council")
    assert own.loss < other.loss
    assert "council" in other.of


@pytest.mark.parametrize(
    ("name", "target", "word"),
    [
        ("window", "dragon", "dragon"),
        ("window", "had a", "Expected one"),
        ("texts", "fine", "good"),
        ("tags", "X", "Expected 3"),
        ("tags", "X Y Q", "'Q'"),
        ("numbers", "3", "first number"),
        ("pairs", "dragon", "dragon"),
    ],
)
def test_backward_bad_target(name: str, target: str, word: str) -> None:
    with pytest.raises(RnnkitError, match=f"--target.*{word}"):
        back(run_of(name), TASKS[name][-1], target)


def test_trace_backward_prints_and_gives_json() -> None:
    arguments = ["inspect", "trace", run_of("window"), "--text", "had a general", "--backward"]
    text = done(*arguments, "--steps", "1:3", "--layer", "lstm").stdout
    assert "dL/dh" in text
    assert "'general'" in text
    assert "'had'" not in text.split("backward:")[1]
    found = json.loads(done(*arguments, "--json").stdout)["backward"]
    assert found["loss"] > 0
    assert invoke(*arguments[:-1], "--target", "council").exit_code == 2


def test_trace_of_a_config_is_of_the_weights_that_its_training_begins_with() -> None:
    name = "fable"
    overridden = trace(name, "had a general", TraceSelection(backward=True))
    assert overridden.backward is not None
    assert overridden.backward.loss == pytest.approx(np.log(113), abs=0.2)
    again = trace(name, "had a general")
    assert again.answers == overridden.answers


def test_scratch_is_a_step_of_keras() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    import keras

    from rnnkit.models.build import variables
    from rnnkit.workflows.inspect.scratch import NAMES, initial_weights

    if keras.backend.backend() != "tensorflow":
        pytest.skip("keras records no gradients of its own")
    worked = scratch("give me new sample")
    architecture = architecture_of(4)
    built = keras_model(architecture, initial_weights(architecture))
    places = variables(built, architecture)
    with tensorflow.GradientTape() as tape:
        losses = tensorflow.nn.sparse_softmax_cross_entropy_with_logits(
            np.array([[1, 2, 3]]), built(np.array([[0, 1, 2]], np.int32))
        )
        loss = tensorflow.reduce_mean(losses)
    gradients = tape.gradient(loss, list(places.values()))
    keras.optimizers.SGD(LEARNING_RATE).apply(gradients, list(places.values()))
    assert worked.loss == pytest.approx(float(loss), abs=1e-6)
    for name, variable in places.items():
        np.testing.assert_allclose(worked.new[NAMES[name]], np.asarray(variable), atol=1e-6)
    assert worked.loss_after < worked.loss


def test_scratch_prints_every_number_and_refuses_a_run() -> None:
    text = done("inspect", "trace", "--from-scratch").stdout
    assert "new W (4x2)" in text
    assert "dL/dU (2x2)" in text
    assert json.loads(done("inspect", "trace", "--from-scratch", "--json").stdout)["loss"] > 0
    assert invoke("inspect", "trace", "--from-scratch", "--text", "one").exit_code == 2
    assert invoke("inspect", "trace", "fable", "--from-scratch").exit_code == 2
    assert invoke("inspect", "trace").exit_code == 2
