"""Encoder-decoders end to end: what is shown of them, exact resume, and a start from another
run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import dump_config, load_config
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.storage import read_npz
from rnnkit.workflows.evaluate import evaluate
from rnnkit.workflows.train import resume, train
from tests.cli.invoke import done
from tests.conftest import REPO
from tests.helpers.paired import PAIRS, random_predictor, seq2seq
from tests.helpers.untrained import untrained_run

DIGITS = str(REPO / "configs" / "reverse_digits.yaml")
SIDE = "{embedding: 4, layers: [gru: 6]}"
SMALL = [
    "data.dataset.reverse_digits={count: 60, max_digits: 4}",
    f"model.encoder={SIDE}",
    f"model.decoder={SIDE}",
    "train.batch_size=16",
    "train.epochs=2",
    "train.schedule=constant",
]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that has learnt to reverse up to three digits; do not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(tmp_path_factory.mktemp("digits")))
        dataset = "data.dataset.reverse_digits={count: 490, min_digits: 2, max_digits: 3}"
        return train(DIGITS, [dataset, "train.epochs=16", "train.batch_size=32"]).run


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run with random weights; do not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(tmp_path_factory.mktemp("untrained")))
        return untrained_run("digits", dump_config(load_config(Path(DIGITS), SMALL)))


@pytest.mark.soak
def test_seq2seq_learns_to_reverse_held_out_digits(digits: RunFolder) -> None:
    (evaluation,) = evaluate(str(digits), ["test"])
    own, *others = evaluation.rows
    assert own.scores["exact"] > 0.9
    assert own.scores["exact"] > max(row.scores.get("bleu", 0) / 100 for row in others)


PROGRAM = """
import sys
from rnnkit.cli import main
main(sys.argv[1:], standalone_mode=False)
assert not {"keras", "tensorflow", "jax", "pandas", "matplotlib"} & set(sys.modules)
"""


@pytest.mark.parametrize(
    "arguments", [["generate", "--seed", "1 2 3", "--beam-size", "4"], ["predict", "--text", "1 2"]]
)
def test_seq2seq_run_answers_without_a_framework(
    arguments: list[str], untrained: RunFolder
) -> None:
    verb, *options = arguments
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, verb, str(untrained), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout == done(verb, untrained, *options).stdout


def test_sample_and_next_command() -> None:
    task = seq2seq([("zzz a", "b"), *PAIRS], source={"tokenizer": {"word": {"min_frequency": 2}}})
    predictor, data = random_predictor(task)
    lines = task.sample(predictor, data).split("\n")
    assert len(lines) == 6
    assert lines[0].startswith("zzz a -> ")
    assert lines[0].endswith(" (b)")
    # A seed must hold known words only: the first source that does.
    command = task.next_command(RunFolder(Path("runs/x")), data)
    assert command == "rnnkit generate runs/x --seed 'I am cold.'"


@pytest.mark.soak
def test_seq2seq_resumed_training_equals_an_uninterrupted_one() -> None:
    whole = train(DIGITS, SMALL).run
    stopped = train(DIGITS, [*SMALL, "train.max_steps=4"]).run
    resume(str(stopped), ["train.max_steps=null"])
    one, other = (read_npz(run.weights.read_bytes(), "") for run in (whole, stopped))
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])


@pytest.mark.soak
def test_init_from_another_run(digits: RunFolder, caplog: pytest.LogCaptureFixture) -> None:
    """With its vocabularies; not where texts are tokenized in another way."""
    caplog.set_level("INFO", "rnnkit")
    few = "data.dataset.reverse_digits={count: 40, min_digits: 2, max_digits: 3}"
    train(DIGITS, [few, "train.max_steps=1"], init_from=str(digits))
    assert f"weights and vocabulary of {digits}" in caplog.text
    with pytest.raises(RnnkitError, match=r"--init-from: .*word.*char.*data\.target\.tokenizer"):
        train(DIGITS, [few, "data.target.tokenizer=char"], init_from=str(digits))
