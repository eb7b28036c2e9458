"""Runs that carry their state, from the config to the text: training, taking over, answering; and
texts from a label.
"""

from __future__ import annotations

import json
import logging
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.generation.options import Generate
from rnnkit.run import RunFolder
from rnnkit.tasks.language_model.predictor import LanguagePredictor
from rnnkit.workflows.evaluate import evaluate
from rnnkit.workflows.generate import Generator
from rnnkit.workflows.keras_outputs import KerasOutputs
from rnnkit.workflows.train import Training, resume, train
from rnnkit.workflows.trained import Trained, load_trained, open_run
from tests.helpers.random_models import random_weights
from tests.helpers.streams import assert_same, in_chunks, random_states, tokens

STREAM = """
task: {language_model: {stream: true, bptt: 10}}
data: {dataset: fable, tokenizer: char, split: {validation: 0.2}}
model:
  tie_weights: true
  embedding: 12
  layers:
    - lstm: {units: 12, weight_drop: 0.3, slowness_l2: 1.0}
    - dropout: {rate: 0.2, drop: features}
train: {optimizer: adam, learning_rate: 0.02, batch_size: 8, epochs: 2, checkpoint: {every_seconds: null}}
"""  # noqa: E501
NAMES = """
task: {language_model: {condition: label}}
data: {dataset: {jsonl: names.jsonl}, split: {validation: 0}}
model:
  embedding: 8
  layers:
    - gru: 16
train: {optimizer: adam, learning_rate: 0.05, batch_size: 4, epochs: 25, checkpoint: {every_seconds: null}}
"""  # noqa: E501
# Each condition has a letter of its own, so that three samples tell whether it was heard.
TEXTS = [
    (letter * length, label)
    for letter, label in (("a", "Irish"), ("b", "Greek"), ("c", "Scottish"))
    for length in (3, 4, 5)
]


def write_names(folder: Path) -> None:
    lines = (json.dumps({"text": text, "label": label}) + "\n" for text, label in TEXTS)
    (folder / "names.jsonl").write_text("".join(lines), encoding="utf-8")


def trained_in(folder: Path, name: str, config: str) -> Training:
    """A training in a folder of its own."""
    (folder / f"{name}.yaml").write_text(config, encoding="utf-8")
    write_names(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
        patch.chdir(folder)
        return train(f"{name}.yaml")


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    return trained_in(tmp_path_factory.mktemp("stream"), "stream", STREAM)


@pytest.fixture(scope="module")
def trained(training: Training) -> Trained:
    return load_trained(training.run)


@pytest.fixture(scope="module")
def names_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return trained_in(tmp_path_factory.mktemp("names"), "names", NAMES).run


@pytest.fixture
def named(names_run: RunFolder, tmp_path: Path) -> Trained:
    write_names(tmp_path)  # a report looks for the training text
    return load_trained(names_run)


def generator(trained: Trained, condition: str | None = None, **options: Any) -> Generator:
    return Generator(trained, Generate.model_validate(options), condition=condition)


def remarks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


# What a training leaves


def test_train_logs_cautions_and_scores_of_a_stream(training: Training) -> None:
    """1,027 characters of training in 8 streams; parameters as counted by the layers."""
    log = training.run.log.read_text(encoding="utf-8")
    (caution,) = [line for line in log.splitlines() if "fewer rows than columns" in line]
    (counted,) = [line for line in log.splitlines() if line.endswith(" parameters")]
    assert f"{counted.split()[-2]} parameters" in caution
    assert "8 streams" in log
    rows = {row.who: row.scores for row in training.evaluations[0].rows}
    assert set(rows) == {"this run", "unigram", "bigram", "Kneser-Ney 5-gram"}
    run = rows["this run"]
    assert run["perplexity"] == pytest.approx(math.exp(run["loss"]))
    # a token is a character
    assert run["bits_per_character"] == pytest.approx(run["loss"] / math.log(2))


def test_train_writes_samples_of_each_epoch_with_their_originality(training: Training) -> None:
    written = sorted(path.name for path in training.run.samples.iterdir())
    assert written[0] == "epoch-0001.txt"
    assert written[-1] == "epoch-0002.txt"
    lines = (training.run.samples / written[-1]).read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("n-grams found in the training text: 3: ") for line in lines)
    assert any(line.startswith("longest copied span: ") for line in lines)


def test_train_saves_no_weights_of_a_tied_head(training: Training, trained: Trained) -> None:
    with np.load(training.run.weights) as archive:
        assert sorted(archive.files) == [
            "embedding/embeddings",
            "lstm/bias",
            "lstm/kernel",
            "lstm/recurrent_kernel",
        ]
    assert trained.answers == "numpy"


@pytest.mark.soak
def test_resume_within_an_epoch_equals_the_whole_training(
    training: Training, tmp_path: Path
) -> None:
    """Eleven steps are an epoch; it stops after 15 and goes on. In every run:
    tests/training/test_restore.py.
    """
    (tmp_path / "stream.yaml").write_text(STREAM, encoding="utf-8")
    stopped = train("stream.yaml", ["train.max_steps=15"])
    resumed = resume(str(stopped.run), ["train.max_steps=null"])
    with np.load(training.run.weights) as whole, np.load(resumed.run.weights) as rest:
        assert whole.files == rest.files
        for name in whole.files:
            np.testing.assert_array_equal(whole[name], rest[name], err_msg=name)
    for ours, theirs in zip(resumed.evaluations[0].rows, training.evaluations[0].rows, strict=True):
        assert ours.scores == theirs.scores


# Answers


def test_samples_of_a_stream_equal_those_of_reading_all_again(trained: Trained) -> None:
    predictor = trained.predictor
    assert isinstance(predictor, LanguagePredictor)
    tokenizer = predictor.tokenizer
    text = generator(trained, max_new_tokens=40).samples("the mice ")[0]
    ids = tokenizer.encode("the mice ").tolist()
    for token in text.token_ids:
        logits = predictor.outputs(np.array([ids]))[0, -1]
        logits[tokenizer.unknown_id] = -np.inf
        assert token == int(logits.argmax())
        ids.append(token)
    assert text.text == tokenizer.text(ids)


def test_keras_outputs_of_a_stream_equal_the_engines(trained: Trained) -> None:
    """In chunks and at once, from any states."""
    weights = open_run(trained.run)[3]
    engine, by_keras = (
        Engine(trained.architecture, weights),
        KerasOutputs(trained.architecture, weights),
    )
    text = tokens(trained.architecture, 0, 2, 12)
    expected = engine.step(text, engine.init_state(2))
    np.testing.assert_allclose(by_keras(text), expected[0], rtol=0, atol=1e-5)
    assert_same(in_chunks(by_keras, text, by_keras.init_state(2), [5, 1]), expected)
    states = random_states(engine, 1, 2)
    assert_same(by_keras.step(text, states), engine.step(text, states))


def test_samples_and_beams_of_a_stream_carry_the_state(trained: Trained) -> None:
    drawn = generator(trained, num_samples=4, temperature=1.0, random_seed=0, max_new_tokens=12)
    texts = [sample.text for sample in drawn.samples("the ")]
    assert texts == [sample.text for sample in drawn.samples("the ")]
    assert len(set(texts)) == 4
    beams = generator(trained, beam_size=4, num_samples=4, max_new_tokens=6).samples("the ")
    assert len({beam.text for beam in beams}) == 4


def test_stream_pieces_join_to_the_whole_text(trained: Trained) -> None:
    made = generator(trained, max_new_tokens=25)
    assert "".join(made.stream("the old ")) == made.samples("the old ")[0].text
    assert made.prompt == "some characters: "


def test_evaluate_scores_any_file_by_a_stream(
    training: Training, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "other.txt").write_text("the cat Ünd the mice", encoding="utf-8")
    with caplog.at_level(logging.INFO, "rnnkit"):
        (evaluation,) = evaluate(str(training.run), file="other.txt")
    assert evaluation.part == "data"
    assert evaluation.rows[0].scores["tokens"] == 19
    assert "data: 1 of 20 tokens is <unk>" in remarks(caplog)


# From another run


def other_text(folder: Path, text: str) -> None:
    (folder / "other.txt").write_text(text, encoding="utf-8")
    (folder / "other.yaml").write_text(
        STREAM.replace("dataset: fable", "dataset: {text: other.txt}"), encoding="utf-8"
    )


def test_init_from_takes_weights_and_vocabulary_of_a_run(
    training: Training, trained: Trained, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At a rate at which nothing moves the new run has the old weights; what the old vocabulary
    lacks is counted.
    """
    other_text(tmp_path, "the old mouse said it is easy to bell the cat äöü " * 8)
    overrides = ["train.epochs=1", "train.learning_rate=1e-12"]
    with caplog.at_level(logging.INFO, "rnnkit"):
        started = train("other.yaml", overrides, init_from=str(training.run))
    assert started.run.tokenizer.read_bytes() == training.run.tokenizer.read_bytes()
    with np.load(training.run.weights) as old, np.load(started.run.weights) as new:
        for name in old.files:
            np.testing.assert_allclose(new[name], old[name], atol=1e-6, err_msg=name)
    said = "\n".join(remarks(caplog))
    assert re.search(r"train: .* tokens are <unk>", said)
    assert str(training.run) in said


def test_init_from_refuses_another_vocabulary(
    training: Training, tmp_path: Path, runs: Path
) -> None:
    other_text(tmp_path, "the old mouse said it is easy to bell the cat " * 8)
    with pytest.raises(
        RnnkitError,
        match=r"--init-from: .*char.*word.*data\.tokenizer",
    ):
        train("other.yaml", ["data.tokenizer=word"], init_from=str(training.run))
    assert not runs.exists()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["model.layers=[lstm: 12, dense: 12]"], "dense/"),
        (["model.tie_weights=false"], "logits/"),
        (["model.embedding=13", "model.layers.0.lstm.units=13"], "embedding/embeddings: "),
    ],
)
def test_init_from_refuses_other_layers(
    training: Training, tmp_path: Path, runs: Path, overrides: list[str], words: str
) -> None:
    other_text(tmp_path, "the old mouse said it is easy to bell the cat " * 8)
    with pytest.raises(RnnkitError, match=r"--init-from: .*Expected the same layers") as caught:
        train("other.yaml", overrides, init_from=str(training.run))
    assert words in str(caught.value)
    assert caught.value.exit_code == 2
    assert not runs.exists()


def test_init_from_refuses_a_run_of_another_task(
    training: Training, names_run: RunFolder, tmp_path: Path, runs: Path
) -> None:
    (tmp_path / "names.yaml").write_text(NAMES, encoding="utf-8")
    (tmp_path / "stream.yaml").write_text(STREAM, encoding="utf-8")
    write_names(tmp_path)
    for config, other in (
        ("names.yaml", str(training.run)),
        ("stream.yaml", str(names_run)),
        ("stream.yaml", "nosuch"),
    ):
        with pytest.raises(RnnkitError) as caught:
            train(config, init_from=other)
        assert caught.value.exit_code == 2
    assert not runs.exists()


# Texts from a label


@pytest.mark.parametrize(("label", "letter"), [("Irish", "a"), ("Greek", "b"), ("Scottish", "c")])
def test_samples_follow_the_label(named: Trained, label: str, letter: str) -> None:
    """Its own letter and then the end; by draws, by a beam, greedily and in pieces."""
    for options in (
        {"num_samples": 5, "temperature": 0.3, "random_seed": 0},
        {"beam_size": 3, "num_samples": 2},
        {},
    ):
        for sample in generator(named, label, max_new_tokens=20, **options).samples(""):
            assert set(sample.text) == {letter}
            assert 2 <= len(sample.text) < 20  # it ended
            assert not {"<unk>", *ENDS} & set(sample.tokens)
    greedy = generator(named, label, max_new_tokens=20)
    assert "".join(greedy.stream("")) == greedy.samples("")[0].text
    assert greedy.samples(letter)[0].text.startswith(letter)


def test_samples_with_a_label_continue_a_seed(named: Trained) -> None:
    sample = generator(named, "Irish", max_new_tokens=20).samples("aa")[0]
    assert sample.text == f"aa{sample.continuation}"
    assert "".join(generator(named, "Irish", max_new_tokens=20).stream("aa")) == sample.text


def test_report_compares_a_conditioned_text(named: Trained) -> None:
    made = generator(named, "Greek", max_new_tokens=20)
    samples = made.samples("")
    (report,) = made.report(samples)
    assert report.copied == len(samples[0].tokens)


def test_keras_outputs_with_a_condition_equal_the_engines(named: Trained) -> None:
    """As it must for a layer of one's own."""
    weights = random_weights(named.architecture, 3)
    engine, by_keras = (
        Engine(named.architecture, weights),
        KerasOutputs(named.architecture, weights),
    )
    condition, text = np.eye(3, dtype=np.float32), tokens(named.architecture, 0, 3, 5)
    assert_same(
        by_keras.step(text, by_keras.init_state(3, condition)),
        engine.step(text, engine.init_state(3, condition)),
    )
    predictor = named.task.predictor(named.predictor.codec, by_keras)
    answered = replace(named, predictor=predictor, answers="keras")
    assert generator(answered, "Irish", max_new_tokens=5).samples("")[0].token_ids


# Text from numbers

CAPTIONS = """
task: {language_model: {condition: features}}
data: {dataset: {jsonl: {path: captions.jsonl, text: caption, features: image}}, split: {validation: 0}}
model:
  embedding: 8
  layers:
    - gru: 16
train: {optimizer: adam, learning_rate: 0.05, batch_size: 4, epochs: 30, checkpoint: {every_seconds: null}}
"""  # noqa: E501


def test_samples_follow_the_features_of_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which letter by the first number's sign, how often by the second: both must be heard, also
    for numbers between those of the training.
    """
    rows = [
        {"caption": ("a" if x > 0 else "b") * (2 if y > 0 else 5), "image": [x, y]}
        for x in (-2, -1, 1, 2)
        for y in (-3, -1, 1, 3)
    ]
    (tmp_path / "captions.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
    )
    (tmp_path / "captions.yaml").write_text(CAPTIONS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "runs"))
    run = load_trained(train("captions.yaml").run)
    described = "a condition of 2 numbers, in training: 0 +- 1.581, 0 +- 2.236"
    assert described in run.run.log.read_text(encoding="utf-8")
    for condition, caption in (
        ("1.5 2", "aa"),
        ("1.5 -2", "aaaaa"),
        ("-1.5, 2", "bb"),
        ("[-1.5, -2]", "bbbbb"),
    ):
        assert generator(run, condition, temperature=0.0).samples("")[0].text == caption
    with pytest.raises(RnnkitError, match=r"^--condition: .*2 finite numbers"):
        generator(run, "Irish")
