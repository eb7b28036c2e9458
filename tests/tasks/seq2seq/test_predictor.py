"""Decoding: batches, beams, seeds and attention."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.errors import RnnkitError, at
from rnnkit.generation.decode import complete
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import About
from rnnkit.tasks.seq2seq.predictor import Seq2SeqPredictor, Translation
from tests.helpers.paired import random_predictor, seq2seq


def translations(predictor: Seq2SeqPredictor, text: str, top: int = 1) -> list[Translation]:
    query = predictor.parse(text)
    (answer,) = predictor.predict([query])
    assert answer is not None
    rows = predictor.answers(query, answer, top)
    return [row for row in rows if isinstance(row, Translation)]


@pytest.mark.parametrize("beam_size", [1, 3])
def test_predict_sources_do_not_depend_on_each_other(beam_size: int) -> None:
    predictor, _ = random_predictor(seq2seq(generate={"beam_size": beam_size}))
    texts = ["I am cold.", "", "he is here ! we are here ! who is it ?", "go", "zebra ."]
    together = predictor.predict(texts)
    assert together[1] is None
    for text, answer in zip(texts, together, strict=True):
        if answer is not None:
            (alone, *_) = translations(predictor, text)
            assert predictor.records(text, answer) == [{"target": alone.target}]


def test_predict_warns_of_longer_sources(caplog: pytest.LogCaptureFixture) -> None:
    predictor, _ = random_predictor(seq2seq(source={"max_length": 3}))
    predictor.predict(["I am here.", "I am I am here.", "a b c d e"])
    assert caplog.messages[0].startswith("2 sources have more words than the 3")


def test_predict_and_evaluate_say_that_answers_reached_their_bound(
    caplog: pytest.LogCaptureFixture,
) -> None:
    predictor, data = random_predictor(seq2seq(generate={"max_new_tokens": 1}))
    predictor.predict(["I am here.", "go", ""])
    (line,) = caplog.messages
    assert line.startswith("2 of 2 answers reached max_new_tokens 1 before their end")
    assert "the longest target has 4" in line
    end = predictor.end_token
    assert predictor.unended([[4, end], [end]], data.codec.longest) == ""


def test_defaults_follow_the_longest_target_of_training(tmp_path: Path) -> None:
    task, run = seq2seq(generate={"max_new_tokens": None, "beam_size": 2}), RunFolder(tmp_path)
    predictor, data = random_predictor(task)
    assert (predictor.defaults.max_new_tokens, predictor.defaults.beam_size) == (5, 2)
    data.codec.save(run)
    assert task.load_codec(run).longest == 5
    run.lengths.unlink()  # as in a run of an earlier version, whose config has a number
    outputs = predictor.outputs
    old = seq2seq(generate={"max_new_tokens": 100})
    assert old.predictor(old.load_codec(run), outputs).defaults.max_new_tokens == 100


def test_query_reads_the_column() -> None:
    predictor, _ = random_predictor(seq2seq())
    assert predictor.query({"source": "go", "x": "we"}) == "go"
    assert predictor.query({"source": "go", "x": "we"}, "x") == "we"
    with pytest.raises(RnnkitError, match=r"source is 3.*text"):
        predictor.query({"source": 3})


def test_answers_are_the_best_beams_with_their_log_probability() -> None:
    predictor, data = random_predictor(seq2seq(generate={"beam_size": 4}))
    beams = translations(predictor, "I am cold.", top=3)
    assert len(beams) == 3
    best, codec, outputs = beams[0], data.codec, predictor.outputs
    ids = [codec.ends[0], *codec.target.encode(best.target).tolist()]
    source = codec.source.encode("I am cold.")[None]
    logits, _ = outputs.step(np.array([ids], np.int32), outputs.init_state(1, source))
    scores = logits[0].astype(np.float64)
    odds = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    written = [*ids[1:], codec.ends[1]] if len(ids) - 1 < 5 else ids[1:]
    total = sum(odds[step, token] for step, token in enumerate(written))
    assert best.log_probability == pytest.approx(total, rel=1e-4)


def test_begin_reads_a_seed(caplog: pytest.LogCaptureFixture) -> None:
    predictor, data = random_predictor(seq2seq(source={"max_length": 3}))
    with at("--seed"):
        skipped = predictor.begin("I am zebra.", None, "skip")
        same = predictor.begin("I am .", None, "error")
        predictor.begin("I am zebra here.", None, "unk")
    assert skipped.token_ids.tolist() == [[data.codec.ends[0]]]
    first, _ = skipped.stepper.init_state(skipped.token_ids)
    np.testing.assert_array_equal(first, same.stepper.init_state(same.token_ids)[0])
    assert [message.startswith("--seed: ") for message in caplog.messages] == [True] * 3
    assert "skipped" in caplog.messages[0]
    assert "<unk>" in caplog.messages[1]
    assert "3" in caplog.messages[2]


def test_question_leaves_the_remarks_to_parse(caplog: pytest.LogCaptureFixture) -> None:
    predictor, _ = random_predictor(seq2seq())
    predictor.question(predictor.parse("I am zebra."), About())
    assert [("zebra" in message) for message in caplog.messages] == [True]
    with pytest.raises(RnnkitError, match="nothing to read"):
        predictor.question(" ", About())


def test_begin_refuses_unknown_words_and_nothing() -> None:
    predictor, _ = random_predictor(seq2seq())
    with pytest.raises(RnnkitError, match="'zebra'"):
        predictor.begin("I am zebra.", None, "error")
    with pytest.raises(RnnkitError, match=r"nothing to read.*one word"):
        predictor.begin(" ", None, "error")


def test_predict_is_what_is_generated() -> None:
    """One target per source, which ends with its most probable `<end>` in greedy decoding."""
    task = seq2seq()
    predictor, data = random_predictor(task, 4)
    end = predictor.end_token
    for source in data.parts["train"].pairs.sources:
        prompt = predictor.begin(source, None, "error")
        ((*tokens,),) = complete(
            prompt.stepper,
            prompt.token_ids,
            task.generate,
            list(predictor.banned),
            lambda tokens: tokens[-1] == end,
        )
        (answer, *_) = translations(predictor, source, top=5)
        assert answer.target == data.codec.text(tokens)


def test_attention_weights_sum_to_one() -> None:
    """Weights of each source token for each token that is written, by the equations."""
    predictor, data = random_predictor(seq2seq(attention="multiplicative"))
    looked = predictor.attention("he is here !")
    assert looked.source == ["he", "is", "here", "!"]
    assert looked.weights.shape == (len(looked.target), 4)
    np.testing.assert_allclose(looked.weights.sum(axis=1), 1, rtol=1e-5)
    (answer, *_) = translations(predictor, "he is here !")
    vocabulary = data.codec.target.vocabulary
    ids = [vocabulary.index(token) for token in looked.target if token != ENDS[1]]
    assert data.codec.target.text(ids) == answer.target


def test_attention_of_a_model_without() -> None:
    predictor, _ = random_predictor(seq2seq(attention=None))
    with pytest.raises(RnnkitError, match="without attention"):
        predictor.attention("he is here !")


def test_decode_reports_progress(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnnkit.progress.SECONDS_BETWEEN_LINES", 0.0)
    caplog.set_level(logging.INFO, "rnnkit")
    predictor, data = random_predictor(seq2seq())
    predictor.decode(data.parts["train"].sources)
    assert caplog.messages == ["8 of 8 sources decoded, 0 s left"]
