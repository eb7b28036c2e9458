"""A classifier's answers to texts, rows and sequences."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import load_config
from rnnkit.errors import RnnkitError, at
from rnnkit.run import RunFolder
from rnnkit.tasks.classification.predictor import TextClassifier
from rnnkit.tasks.classification.task import Classification
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.keras_outputs import build_with_weights
from rnnkit.workflows.scoring.score import score
from rnnkit.workflows.trained import Trained, load_trained, open_run
from tests.helpers.classified import (
    TEXTS as INLINE,
)
from tests.helpers.classified import (
    numbered,
    random_predictor,
    small,
    table,
    trained,
    write_moods,
    write_pieced,
    write_spelt,
    write_tongues,
    write_verdict,
)

TEXTS = (
    "the film was lovely",
    "dull",
    "awful awful awful a a a a a a a",
    "x",
    "her plan was clever and not boring at all",
    "lovely",
)
WRITERS: dict[str, Callable[[Path], None]] = {
    "verdict": write_verdict,
    "moods": write_moods,
    "tongues": write_tongues,
    "spelt": write_spelt,
    "pieced": write_pieced,
}


def untrained(name: str, folder: Path) -> TextClassifier:
    """A model of this config with random weights."""
    WRITERS[name](folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_DATA", str(folder))
        task = load_config(folder / f"{name}.yaml")
        assert isinstance(task, Classification)
        predictor = random_predictor(task, task.prepare(Source()).codec)
    assert isinstance(predictor, TextClassifier)
    return predictor


def probabilities(predictor: TextClassifier, texts: list[str]) -> np.ndarray:
    answers = predictor.predict(texts)
    return np.stack([answer for answer in answers if answer is not None])


@pytest.mark.parametrize("name", WRITERS)
def test_predict_does_not_depend_on_what_else_is_asked(name: str, tmp_path: Path) -> None:
    predictor, texts = untrained(name, tmp_path), list(TEXTS)
    alone = np.concatenate([probabilities(predictor, [text]) for text in texts])
    assert np.ptp(alone, axis=0).max() > 0.01
    crowd = probabilities(predictor, texts + ["word " * 300] * 300)[: len(texts)]
    np.testing.assert_allclose(crowd, alone, atol=2e-6)
    np.testing.assert_allclose(probabilities(predictor, texts[::-1])[::-1], alone, atol=2e-6)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("verdict", "the film was lovely"),
        ("moods", "a mouse felt glad"),
        ("tongues", "Bini"),
        ("spelt", "So Wonderfull a film"),
    ],
)
def test_predict_gives_the_probabilities_of_keras(
    name: str, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Sigmoids of several labels, a softmax of three, a sigmoid that tells two apart."""
    run = RunFolder(trained(name, tmp_path_factory))
    predictor = load_trained(run).predictor
    assert isinstance(predictor, TextClassifier)
    _, _, architecture, weights = open_run(run)
    ids = predictor.codec.read([text]).flat[None]
    if name == "tongues":
        ids = np.pad(ids, ((0, 0), (9 - ids.shape[1], 0)))  # padded before the text
    logits = np.asarray(build_with_weights(architecture, weights)(ids))[0].astype(np.float64)
    if name == "moods":
        expected = 1 / (1 + np.exp(-logits))
    else:
        odds = np.exp(logits) if len(logits) > 1 else np.array([1, np.exp(logits[0])])
        expected = odds / odds.sum()
    (answer,) = predictor.predict([text])
    np.testing.assert_allclose(answer, expected, atol=1e-5)


def test_predict_has_no_answer_where_nothing_can_be_read(tmp_path: Path) -> None:
    answers = untrained("tongues", tmp_path).predict(["", "Bini", "  \n"])
    assert [answer is None for answer in answers] == [True, False, True]
    assert untrained("moods", tmp_path).predict([]) == []


def test_answers_are_the_most_probable_first(tmp_path: Path) -> None:
    predictor = untrained("tongues", tmp_path)
    rows = predictor.answers("", np.array([0.2, 0.5, 0.3]), 2)
    assert [(row.label, row.probability) for row in rows] == [("Italian", 0.5), ("Polish", 0.3)]
    assert predictor.records("", np.array([0.2, 0.5, 0.3])) == [
        {"label": "Italian", "probability": 0.5}
    ]
    assert predictor.columns == ("label", "probability")


def test_answers_of_several_labels_have_their_thresholds(tmp_path: Path) -> None:
    predictor = untrained("moods", tmp_path)
    predictor.codec = predictor.codec.with_labels(
        predictor.codec.labels.with_thresholds([0.9, 0.2, 0.4])
    )
    shares = np.array([0.5, 0.3, 0.4])
    rows = predictor.answers("", shares, 5)
    assert [(row.label, row.threshold, row.given) for row in rows] == [
        ("anger", 0.9, "no"),
        ("joy", 0.4, "yes"),
        ("fear", 0.2, "yes"),
    ]
    (record,) = predictor.records("", shares)
    assert record["label"] == "fear|joy"
    assert tuple(record) == predictor.columns
    assert record["probability_fear"] == 0.3


def test_parse_remarks_on_what_is_not_read(caplog: pytest.LogCaptureFixture) -> None:
    task = table(numbered(6), ("split: 0", "max_length: 2, split: 0"))
    predictor = random_predictor(task, task.prepare(Source()).codec)
    with at("--text"):
        predictor.parse("text zebra 3")
    first, second = caplog.messages
    assert first.startswith("--text: out of vocabulary, read as <unk>: 'zebra'")
    assert "truncated" in second
    assert "last 2" in second


@pytest.mark.parametrize("name", ["spelt", "pieced"])
def test_parse_says_that_rare_words_are_read_by_their_characters(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    untrained(name, tmp_path).parse("the film was wonderfull")
    (remark,) = caplog.messages
    assert "characters alone: 'wonderfull'" in remark


@pytest.mark.parametrize("text", ["", "  "])
def test_parse_of_nothing(text: str, tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match="nothing to read"):
        untrained("tongues", tmp_path).parse(text)


def test_query_finds_the_text_of_a_row(tmp_path: Path) -> None:
    predictor = untrained("moods", tmp_path)  # its own column is Tweet
    assert predictor.input_columns == ("Tweet",)
    assert predictor.query({"text": "a", "Tweet": "b"}) == "b"
    assert predictor.query({"text": "a", "Tweet": "b"}, "text") == "a"
    assert predictor.query({"text": "a"}) == "a"
    assert predictor.query({"text": None}) == predictor.query({"text": float("nan")}) == ""
    with pytest.raises(RnnkitError, match=r"no column 'Tweet'.*'tweet'|no column"):
        predictor.query({"tweet": "a"}, "Tweet")
    with pytest.raises(RnnkitError, match="text is 5"):
        predictor.query({"text": 5})


def test_query_joins_the_columns_of_a_row(tmp_path: Path) -> None:
    rows = "title,body,label\nA film,so fine,good\nA play,so dull,bad\n"
    Path("t.csv").write_text(rows, encoding="utf-8")
    task = small((INLINE, "{csv: {path: t.csv, text: [title, body], text_separator: ' - '}}"))
    data = task.prepare(Source())
    predictor = random_predictor(task, data.codec)
    assert predictor.query({"title": "A", "body": "b", "label": "good"}) == "A - b"
    assert predictor.query({"title": None, "body": "b"}) == "b"
    assert predictor.query({"text": "whole"}) == "whole"
    assert predictor.query({"title": "A", "body": "b"}, "title") == "A"
    with pytest.raises(RnnkitError, match="'body'"):
        predictor.query({"title": "A"})
    # A file is answered by the same columns.
    architecture = task.network(data.codec).architecture
    run = Trained(RunFolder(tmp_path), task, architecture, predictor, "numpy")
    assert score(run, ["t.csv"], "out.csv") == (2, 1)
    with open("out.csv", encoding="utf-8") as file:
        answers = [row["probability"] for row in csv.DictReader(file)]
    texts = [predictor.parse(text) for text in ("A film - so fine", "A play - so dull")]
    expected = [
        str(round(predictor.cells(answer)["probability"], 6)) for answer in predictor.predict(texts)
    ]
    assert answers == expected
    Path("half.csv").write_text("title\nA\n", encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"--input: .*'body'"):
        score(run, ["half.csv"], "other.csv")
