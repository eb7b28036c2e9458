"""Small classifiers that have learnt; what a run keeps, and what starts from it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnnkit.data.encode.words import subwords
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.classification.predictor import TextClassifier
from rnnkit.tasks.classification.texts import LabelledTextCodec
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.init_from import open_initial_run
from rnnkit.workflows.train import resume, train
from rnnkit.workflows.trained import load_trained
from tests.helpers.classified import (
    SMALL,
    copied,
    numbered,
    random_predictor,
    table,
    trained,
    write_pieced,
    write_verdict,
)


def opened(run: Path) -> TextClassifier:
    predictor = load_trained(RunFolder(run)).predictor
    assert isinstance(predictor, TextClassifier)
    return predictor


def labels_of(run: Path, texts: list[str]) -> list[str]:
    predictor = opened(run)
    return [
        "" if answer is None else predictor.cells(answer)["label"]
        for answer in predictor.predict(texts)
    ]


def test_classification_learns_two_labels(tmp_path_factory: pytest.TempPathFactory) -> None:
    run = trained("verdict", tmp_path_factory)
    scores = json.loads((run / "metrics.json").read_text())["validation"]
    assert scores["this run"]["accuracy"] == scores["this run"]["roc_auc"] == 1
    assert (run / "confusion-validation.png").read_bytes().startswith(b"\x89PNG")
    labels = json.loads((run / "labels.json").read_text())
    assert labels == {"names": ["bad", "good"], "counts": [18, 18], "texts": 36, "several": False}


def test_classification_learns_names_by_their_characters(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    run = trained("tongues", tmp_path_factory)
    names = ["Tomini", "Tomopulos", "Tomowski"]
    assert labels_of(run, names) == ["Italian", "Greek", "Polish"]


def test_classification_learns_rare_words_by_their_characters(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    run = trained("spelt", tmp_path_factory)
    texts = ["the film was wonderfull", "the film was dulll"]
    assert labels_of(run, texts) == ["good", "bad"]


def test_classification_keeps_best_f1_weights_and_thresholds(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    run = trained("moods", tmp_path_factory)
    history = np.genfromtxt(run / "history.csv", delimiter=",", names=True)
    best = json.loads((run / "manifest.json").read_text())["best"]
    assert best["monitor"] == "val_f1"
    assert best["value"] == history["val_f1"].max() == history["val_f1"][best["epoch"] - 1]
    thresholds = json.loads((run / "labels.json").read_text())["thresholds"]
    assert list(opened(run).codec.labels.thresholds) == thresholds != [0.5] * 3


def test_classification_run_answers_in_any_folder(
    tmp_path_factory: pytest.TempPathFactory, runs: Path, tmp_path: Path
) -> None:
    """Without its data, which only an evaluation needs."""
    elsewhere = shutil.move(copied("verdict", tmp_path_factory, runs), tmp_path / "moved here")
    assert labels_of(Path(elsewhere), ["@Anybody THE film was Lovely"]) == ["good"]
    task = load_trained(RunFolder(Path(elsewhere))).task
    with pytest.raises(RnnkitError, match=r"data\.dataset\.csv\.path: .*verdict\.csv"):
        task.prepare(Source())


@pytest.mark.soak
def test_classification_resumed_training_equals_an_uninterrupted_one(
    tmp_path: Path, runs: Path
) -> None:
    write_verdict(tmp_path)
    straight = train("verdict.yaml", ["train.epochs=2"]).run
    broken = train("verdict.yaml", ["train.epochs=2", "train.max_steps=3"]).run
    assert broken.path != straight.path
    resume(str(broken), ["train.max_steps=null"])
    with np.load(straight.weights) as expected, np.load(broken.weights) as found:
        assert list(found) == list(expected)
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name])
    assert json.loads(broken.metrics.read_text()) == json.loads(straight.metrics.read_text())


def test_init_from_reads_words_by_its_own_config(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    start = trained("spelt", tmp_path_factory)
    write_pieced(tmp_path)
    task = load_task(tmp_path / "pieced.yaml", ["data.tokenizer.word.min_frequency=4"])
    codec = open_initial_run(str(start), task).codec
    assert isinstance(codec, LabelledTextCodec)
    expected = subwords(["film"], length=20, shortest=3, longest=4, buckets=500)
    np.testing.assert_array_equal(codec.read(["film"]).flat[:, 1:], expected)


def test_train_with_a_damaged_vector_file_leaves_no_run(tmp_path: Path, runs: Path) -> None:
    (tmp_path / "vectors.txt").write_text("one 0.1 0.2\nthree 0.1 x\n", encoding="utf-8")
    config = SMALL.replace("embedding: 3", "embedding: {path: vectors.txt}")
    (tmp_path / "c.yaml").write_text(config, encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"vectors\.txt:2"):
        train("c.yaml")
    assert not runs.exists()


def test_sample_shows_texts_with_their_labels_and_answers() -> None:
    task = table(numbered(6))
    data = task.prepare(Source())
    lines = task.sample(random_predictor(task, data.codec), data).splitlines()
    assert len(lines) == 6
    assert lines[1].startswith("b -> ")
    assert lines[1].endswith(": text number 1")


def test_next_command_asks_a_text_of_the_data() -> None:
    task = table([("first words", "a"), ("it's", "b")])
    command = task.next_command(RunFolder(Path("runs/x")), task.prepare(Source()))
    assert command == """rnnkit predict runs/x --text 'it'"'"'s'"""
