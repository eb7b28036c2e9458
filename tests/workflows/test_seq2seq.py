"""Encoder-decoders end to end: learnt, resumed exactly, opened in a new process, and answered by
keras where NumPy cannot.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rnnkit.workflows.answer import KerasAnswers, load_trained, open_run

from rnnkit import api
from rnnkit.engine.forward import Engine
from rnnkit.run import RunFolder
from rnnkit.storage import read_npz
from rnnkit.workflows.train import resume
from tests.cli.invoke import done, invoke
from tests.conftest import REPO
from tests.encoder_decoders import encoder_decoder, sources, targets
from tests.random_models import random_weights

SMALL = (
    "data.dataset.reverse_digits={count: 60, max_digits: 4}",
    "train.epochs=3",
    "train.batch_size=16",
)


def train(*overrides: str) -> RunFolder:
    return api.train(
        str(REPO / "configs" / "reverse_digits.yaml"), *SMALL, *overrides, say=lambda line: None
    ).folder


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has learnt to reverse up to three digits; do not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(tmp_path_factory.mktemp("digits")))
        dataset = "data.dataset.reverse_digits={count: 490, min_digits: 2, max_digits: 3}"
        return api.train(
            str(REPO / "configs" / "reverse_digits.yaml"),
            dataset,
            "train.epochs=16",
            "train.batch_size=32",
            say=lambda line: None,
        ).folder.path


def test_held_out_digits_are_reversed(digits_run: Path) -> None:
    (evaluation,) = json.loads(done("evaluate", digits_run, "--part", "test", "--json").stdout)
    run = evaluation["rows"][0]["scores"]
    assert run["exact"] > 0.9
    assert run["exact"] > max(row["scores"].get("bleu", 0) / 100 for row in evaluation["rows"][1:])


PROGRAM = """
import json, sys
from rnnkit.cli import main
try:
    main(sys.argv[1:], standalone_mode=False)
finally:
    print(json.dumps(sorted({name.split(".")[0] for name in sys.modules} & {"keras", "tensorflow", "jax", "matplotlib"})), file=sys.stderr)
"""  # noqa: E501


def in_a_new_process(*arguments: object) -> str:
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stderr.splitlines()[-1]) == []
    return process.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "--seed", "1 2 3"],
        ["generate", "--seed", "1 2 3", "--beam-size", "4"],
        ["predict", "--text", "1 2 3"],
    ],
)
def test_a_new_process_answers_without_a_framework(arguments: list[str], digits_run: Path) -> None:
    answer = in_a_new_process(arguments[0], digits_run, *arguments[1:])
    assert answer.splitlines()[-1].strip().startswith("3 2 1")
    assert answer == done(arguments[0], digits_run, *arguments[1:]).stdout


def test_the_newest_run_that_generates_is_taken(
    digits_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_RUNS", str(digits_run.parent))
    assert done("generate", "--seed", "4 5").stdout == "5 4\n"
    samples = json.loads(
        done(
            "generate",
            "--seed",
            "4 5",
            "--temperature",
            "1",
            "--num-samples",
            "3",
            "--random-seed",
            "1",
            "--json",
        ).stdout
    )
    assert len(samples) == 3
    assert {"seed", "text", "tokens"} <= samples[0].keys()
    assert "longest copied span" in done("generate", "--seed", "4 5", "--report").stderr


def test_a_resumed_training_ends_where_an_unbroken_one_does(runs: Path) -> None:
    whole = train("train.schedule=constant")
    stopped = train("train.schedule=constant", "train.max_steps=7")
    resume(str(stopped), ["train.max_steps=null"], say=lambda line: None)
    one, other = (read_npz(run.weights.read_bytes(), "") for run in (whole, stopped))
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])


def test_a_training_goes_on_from_another_run(runs: Path) -> None:
    first = train()
    assert (
        "weights and vocabulary of"
        in done("train", REPO / "configs/reverse_digits.yaml", *SMALL, "--init-from", first).stderr
    )
    result = invoke(
        "train",
        REPO / "configs/reverse_digits.yaml",
        *SMALL,
        "data.target.tokenizer=char",
        "--init-from",
        first,
    )
    assert result.exit_code == 2
    assert (
        "cuts texts by word, the config by char. Expected the same data.target.tokenizer"
        in result.stderr
    )


@pytest.mark.backend
@pytest.mark.parametrize("score", [None, "additive", "multiplicative"])
def test_keras_answers_as_numpy_does(score: Any) -> None:
    """Start, steps and reordered rows: what stands in for NumPy where a layer is the user's own."""
    from rnnkit.cells.gru import GRU
    from rnnkit.cells.lstm import LSTM
    from rnnkit.generation.stepper import StreamStepper

    model = encoder_decoder([GRU(units=3, bidirectional=True)], [LSTM(units=4)], score)
    weights, source, tokens = random_weights(model, 1), sources(1, 3, 5), targets(1, 3, 3)
    steppers = [
        StreamStepper(answers, source)
        for answers in (Engine(model, weights), KerasAnswers(model, weights))
    ]
    found = []
    for stepper in steppers:
        logits, state = stepper.start(tokens[:, :1])
        rows = np.array([1, 2, 0])
        found.append((logits, *(stepper.step(tokens[rows, 1], stepper.reorder(state, rows))[:1])))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


OWN = '''
from typing import Any

from rnnkit.architecture import Layer, LayerSpec, Shape


class Twice(LayerSpec):
    """y = 2 x."""

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def build(self, layer: Layer) -> Any:
        import keras

        return keras.layers.Rescaling(2.0, name=layer.name)
'''


def test_a_layer_of_the_users_own(
    runs: Path, rnnkit: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "own_twice.py").write_text(OWN)
    own = '"own_twice:Twice"'
    layers = [f"model.encoder.layers=[gru: 4, {own}]", f"model.decoder.layers=[gru: 4, {own}]"]
    trained = rnnkit(
        "train", REPO / "configs/reverse_digits.yaml", *SMALL, *layers, "--code", "own_twice.py"
    )
    assert trained.returncode == 0, trained.stderr
    answered = rnnkit("predict", "--text", "1 2", "--code", "own_twice.py")
    assert answered.returncode == 0, answered.stderr
    assert "NumPy does not know the layer own_twice:Twice: keras answers" in answered.stderr
    assert len(answered.stdout.splitlines()) == 2
    refused = rnnkit("inspect", "attention", "--text", "1 2", "--code", "own_twice.py")
    assert refused.returncode == 2
    assert "a model that keras answers" in refused.stderr


def test_a_run_opens_with_every_weight_in_its_place(digits_run: Path) -> None:
    run = RunFolder(digits_run)
    *_, architecture, weights = open_run(run)
    assert weights.keys() == architecture.weight_shapes().keys()
    trained = load_trained(run, pytest.fail)
    assert trained.answers == "numpy"
    assert (run.source_tokenizer.is_file(), run.tokenizer.is_file()) == (True, True)
