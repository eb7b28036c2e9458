"""Answers as DataFrames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rnnkit
from rnnkit.errors import RnnkitError
from tests.helpers import classified, tagged

GOOD, BAD = "the film was wonderful", "the film was dull"


@pytest.fixture
def verdict(tmp_path_factory: pytest.TempPathFactory) -> rnnkit.Run:
    return rnnkit.load_run(classified.trained("verdict", tmp_path_factory))


def test_predict_has_the_index_of_its_texts(verdict: rnnkit.Run, said: list[str]) -> None:
    texts = pd.Series([GOOD, None, BAD, ""], index=["a", "b", "c", "d"])
    answers = verdict.predict(texts)
    assert answers.columns.tolist() == ["text", "label", "probability"]
    assert answers.index.equals(texts.index)
    assert answers.label.isna().tolist() == [False, True, False, True]
    assert answers.label.dropna().tolist() == ["good", "bad"]
    assert [line for line in said if "row 1, 3" in line]
    assert verdict.predict([GOOD, BAD]).index.tolist() == [0, 1]
    with pytest.raises(RnnkitError, match=r"data.*nothing to read"):
        verdict.predict("")


def test_predict_of_one_is_that_of_many(
    verdict: rnnkit.Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alone it takes a shorter way; its digits are not those of a file."""
    many = verdict.predict([GOOD, "wonderful", BAD])
    alone = pd.concat([verdict.predict(text) for text in many.text])
    np.testing.assert_allclose(alone.probability, many.probability, rtol=0, atol=1e-6)
    assert (many.probability != many.probability.round(6)).any()
    both = verdict.predict([GOOD, BAD], top=2)
    assert not capsys.readouterr().err
    assert len(verdict.predict([GOOD, BAD], top=3)) == 4
    assert "data: the answer has 2 rows, not 3" in capsys.readouterr().err
    assert both.index.tolist() == [0, 0, 1, 1]
    assert both.label.tolist() == ["good", "bad", "bad", "good"]
    np.testing.assert_allclose(both.groupby(level=0).probability.sum(), 1)


def test_predict_a_file(verdict: rnnkit.Run, tmp_path: Path) -> None:
    path = tmp_path / "asked.csv"
    path.write_text(f"id,text\n1,{GOOD}\n2,{BAD}\n", encoding="utf-8")
    assert verdict.predict(path).equals(verdict.predict([GOOD, BAD]))
    path.write_text("id,review\n1,film\n", encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"data: .*no column 'text'"):
        verdict.predict(path)


def test_predict_several_labels(tmp_path_factory: pytest.TempPathFactory) -> None:
    run = rnnkit.load_run(classified.trained("moods", tmp_path_factory))
    answers = run.predict(["the film", "a mouse"])
    names = ["text", "label", "probability_anger", "probability_fear", "probability_joy"]
    assert answers.columns.tolist() == names
    assert run.predict("the film", top=3).threshold.between(0, 1).all()


def test_tag_gives_a_row_for_each_token(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    run = rnnkit.load_run(tagged.trained("names", tmp_path_factory))
    (answer,) = run.predict("Anna said nothing").to_dict("records")
    assert answer["tokens"] == ["Anna", "said", "nothing"]
    tags = run.tag(["Anna said nothing", ["in", "Rome"]])
    assert tags.columns.tolist() == ["token", "tag", "probability"]
    assert tags.index.tolist() == [0, 0, 0, 1, 1]
    assert tags.tag.tolist()[:3] == answer["tags"]
    assert "rows" not in caplog.text  # as many rows as tokens are no remark
    steps = rnnkit.load_run(tagged.trained("steps", tmp_path_factory))
    features = steps.trained.predictor.codec.features
    assert steps.predict(np.zeros((4, features))).step.tolist() == [0, 1, 2, 3]


def test_predict_a_table(verdict: rnnkit.Run) -> None:
    table = pd.DataFrame(
        {"id": [7, 8], "text": [GOOD, None], "title": ["dull", "clever"]}, ["x", "y"]
    )
    answers = verdict.predict(table)
    assert answers.index.tolist() == ["x", "y"]
    assert answers.label.isna().tolist() == [False, True]
    assert verdict.predict(table, column="title").label.tolist() == ["bad", "good"]
    assert verdict.predict(table.to_dict("list"), column="title").text.tolist() == [
        "dull",
        "clever",
    ]
    with pytest.raises(RnnkitError, match=r"data: .*no column 'review'"):
        verdict.predict(table, column="review")


def test_predict_of_odd_texts(verdict: rnnkit.Run) -> None:
    assert verdict.predict([f"{GOOD} \ud800"]).text[0].endswith("\ud800")
    assert verdict.predict(pd.array([GOOD, None], dtype="string")).label.isna().tolist() == [0, 1]
    with pytest.raises(RnnkitError, match=r"^column: 'x'.*no columns"):
        verdict.predict(GOOD, column="x")


def test_predict_of_lists_of_numbers(tmp_path_factory: pytest.TempPathFactory) -> None:
    run = rnnkit.load_run(tagged.trained("steps", tmp_path_factory))
    steps = np.zeros((3, run.trained.predictor.codec.features))  # type: ignore[attr-defined]
    for same in ([steps.tolist()], pd.DataFrame({"x": [steps.tolist()]})):
        assert run.tag(same).equals(run.tag([steps]))
    with pytest.raises(RnnkitError, match=r"data: row 0: x is"):
        run.tag(pd.DataFrame({"x": ["a"]}))
    with pytest.raises(RnnkitError, match="no column 'x'"):
        run.tag(pd.DataFrame({"y": [1]}))
