"""A tagger's legal answers, its queries and its records."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from rnnkit.data.encode.spans import is_legal
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.tagging.answers import TaggedStep, TaggedToken
from rnnkit.tasks.tagging.predictor import SentencePredictor, StepPredictor
from rnnkit.tasks.tagging.queries import Sentence
from rnnkit.workflows.keras_outputs import KerasOutputs
from rnnkit.workflows.trained import load_trained, open_run
from tests.helpers.tagged import PLAIN, SPANS, Rows, arrays, sentences, small, trained

TEXTS = [("a",) * length for length in (1, 2, 3, 9, 17, 4, 30)]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return RunFolder(trained("names", tmp_path_factory))


@pytest.fixture(scope="module")
def sentence_predictor(names: RunFolder) -> SentencePredictor:
    return cast(SentencePredictor, load_trained(names).predictor)


@pytest.fixture(scope="module")
def step_predictor(tmp_path_factory: pytest.TempPathFactory) -> StepPredictor:
    folder = RunFolder(trained("steps", tmp_path_factory))
    return cast(StepPredictor, load_trained(folder).predictor)


class Scores:
    """Outputs that do not depend on the input: random, or the same at every step."""

    def __init__(self, labels: int, crf: bool = False, step: np.ndarray | None = None):
        self._shape, self._step = (labels, labels) if crf else (labels,), step
        self._generator = np.random.default_rng(0)

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        shape = (*inputs.shape, *self._shape)
        if self._step is not None:
            return np.resize(self._step, shape)
        return self._generator.normal(0, 3, shape).astype(np.float32)


def predictor_of(
    rows: Rows, crf: bool = False, step: np.ndarray | None = None
) -> SentencePredictor:
    task = small(rows, ("task: tagging", f"task: {{tagging: {{crf: {str(crf).lower()}}}}}"))
    codec = task.prepare(Source()).codec
    outputs = cast(Outputs, Scores(len(codec.labels), crf, step))
    return cast(SentencePredictor, task.predictor(codec, outputs))


@pytest.mark.parametrize("crf", [False, True])
def test_tag_gives_legal_spans_of_any_outputs(crf: bool) -> None:
    """With random scores, most sentences would not be legal BIOES without the rules."""
    for tokens, (tags, probabilities) in zip(
        TEXTS, predictor_of(SPANS, crf).tag(TEXTS), strict=True
    ):
        assert is_legal(tags, "iob2")
        assert len(tags) == len(probabilities) == len(tokens)
        assert ((probabilities > 0) & (probabilities <= 1)).all()


def test_tag_takes_the_most_probable_plain_tag_at_each_step() -> None:
    logits = np.log(np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]], np.float32))
    ((tags, probabilities),) = predictor_of(PLAIN, step=logits).tag([("x", "y")])
    assert tags == ("VERB", "DET")
    assert probabilities == pytest.approx([0.4, 0.7])


def test_tag_by_numpy_is_tag_by_keras(
    names: RunFolder, sentence_predictor: SentencePredictor
) -> None:
    task, codec, architecture, weights = open_run(names)
    by_keras = cast(SentencePredictor, task.predictor(codec, KerasOutputs(architecture, weights)))
    texts = [tokens for tokens, _ in sentences()]
    for (tags, probabilities), (tags_too, probabilities_too) in zip(
        sentence_predictor.tag(texts), by_keras.tag(texts), strict=True
    ):
        assert tags == tags_too
        np.testing.assert_allclose(probabilities, probabilities_too, atol=1e-4)


def test_tag_of_a_sentence_does_not_depend_on_the_others(
    sentence_predictor: SentencePredictor,
) -> None:
    texts = [tokens for tokens, _ in sentences()]
    together = sentence_predictor.tag(texts)
    for index in (0, 7, 19):
        ((tags, probabilities),) = sentence_predictor.tag([texts[index]])
        assert tags == together[index][0]
        np.testing.assert_allclose(probabilities, together[index][1], atol=1e-5)


def test_tag_of_a_long_document_is_that_of_its_sentences(
    sentence_predictor: SentencePredictor,
) -> None:
    """In windows of 12 tokens: each token is tagged with some before and after it."""
    run = sentence_predictor
    document = [token for tokens, _ in sentences() for token in tokens]
    whole, pieces = (
        SentencePredictor(run.codec, run.outputs, run.scheme, True, size).tag([document, ["Anna"]])
        for size in (1000, 12)
    )
    assert [len(tags) for tags, _ in pieces] == [len(document), 1]
    same = [tag == other for tag, other in zip(whole[0][0], pieces[0][0], strict=True)]
    assert np.mean(same) > 0.95


def test_tag_of_numbers_does_not_depend_on_longer_ones(step_predictor: StepPredictor) -> None:
    whole = arrays()[0][0].astype(np.float32)
    ((tags, probabilities),) = step_predictor.tag([whole[:4]])
    _, (tags_too, probabilities_too) = step_predictor.tag([whole, whole[:4]])
    assert tags == tags_too
    np.testing.assert_allclose(probabilities, probabilities_too, atol=1e-6)


def test_query_of_a_sentence() -> None:
    predictor = predictor_of(PLAIN)
    assert predictor.parse("the mouse.") == Sentence(("the", "mouse", "."))
    assert predictor.query({"id": 1, "text": "don't"}) == Sentence(("do", "n't"), {"id": 1})
    tagged = {"tokens": ["do", "not"], "tags": ["O", "O"], "id": 2}
    assert predictor.query(tagged) == Sentence(("do", "not"), {"id": 2})
    assert predictor.query({"text": None}) == Sentence(())
    for record, word in (
        ({"tokens": "a mouse"}, "str"),
        ({"words": ["a"]}, "tokens"),
        ({"text": 5}, "5"),
        ({"tokens": ["a", 3]}, "3"),
        ({"tokens": ["a\tb"]}, "tabs"),
        ({"tokens": [" "]}, "' '"),
    ):
        with pytest.raises(RnnkitError, match=word):
            predictor.query(record)


def test_predict_gives_nothing_for_a_blank_sentence() -> None:
    predictor = predictor_of(PLAIN)
    assert predictor.predict([]) == []
    empty = predictor.query({"tokens": [], "id": 2})
    assert predictor.predict([empty]) == [None]
    assert predictor.unanswered(empty) == [{"id": 2, "tokens": [], "tags": []}]
    nothing, answer = predictor.predict([predictor.parse("  "), Sentence(("the", "mouse"))])
    assert nothing is None
    assert answer is not None
    assert len(answer[0]) == 2


def test_answers_and_records_of_a_sentence() -> None:
    predictor, answer = predictor_of(PLAIN), (("DET", "NOUN"), np.array([0.5, 0.25]))
    query = Sentence(("the", "mouse"), {"id": 7})
    assert predictor.answers(query, answer, 1) == [
        TaggedToken("the", "DET", 0.5),
        TaggedToken("mouse", "NOUN", 0.25),
    ]
    assert predictor.records(query, answer) == [
        {"id": 7, "tokens": ["the", "mouse"], "tags": ["DET", "NOUN"]}
    ]


def test_query_of_numbers(step_predictor: StepPredictor) -> None:
    query = step_predictor.parse("1 2, 3 4")
    assert query.values.tolist() == [[1, 2], [3, 4]]
    assert query.sample == 0
    record = step_predictor.query({"sample": 7, "x": np.ones((3, 2))})
    assert (record.sample, record.values.shape) == (7, (3, 2))
    assert record.values.dtype == np.float32
    for text, word in (("1 2 3", "3 numbers.*2 for each"), ("one two", "float"), ("1 nan", "fin")):
        with pytest.raises(RnnkitError, match=word):
            step_predictor.parse(text)
    with pytest.raises(RnnkitError, match=r"1 feature .*Expected 2"):
        step_predictor.query({"x": np.ones((3, 1))})


def test_answers_and_records_of_numbers(step_predictor: StepPredictor) -> None:
    query = step_predictor.query({"sample": 7, "x": np.ones((2, 2))})
    answer = (("on", "off"), np.array([0.5, 0.1234567]))
    assert step_predictor.predict([]) == []
    assert step_predictor.answers(query, answer, 1) == [
        TaggedStep(0, "on", 0.5),
        TaggedStep(1, "off", 0.1234567),
    ]
    assert step_predictor.records(query, answer) == [
        {"sample": 7, "step": 0, "tag": "on", "probability": 0.5},
        {"sample": 7, "step": 1, "tag": "off", "probability": 0.1234567},
    ]
