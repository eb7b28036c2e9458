"""What a language model answers, and how a seed is read."""

from __future__ import annotations

import logging
from itertools import product
from typing import Any

import numpy as np
import pytest

from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError, at
from rnnkit.generation.decode import beam_search, generate
from rnnkit.generation.options import Generate
from rnnkit.tasks.capabilities import Generates, GeneratesFromCondition, ScoresTokens
from tests.helpers.language_models import (
    Counted,
    Uniform,
    prepared,
    random_predictor,
    stream_model,
    text_file,
    window_model,
)

SEED = "had a general"


@pytest.mark.parametrize("task", [window_model(), stream_model()], ids=["window", "stream"])
def test_predictor_class_has_its_capabilities(task: Any) -> None:
    answers = task.predictor_class()
    assert issubclass(answers, Generates)
    assert issubclass(answers, ScoresTokens)
    assert not issubclass(answers, GeneratesFromCondition)
    data = prepared(task)
    assert type(task.predictor(data.codec, Uniform(data))) is answers


def test_begin_any_case_and_spacing() -> None:
    task = window_model()
    data = prepared(task)
    predictor = task.predictor(data.codec, Uniform(data))
    expected = data.codec.tokenizer.encode(SEED).tolist()
    for seed in (SEED, "HAD a General", "  had\n\ta   general "):
        prompt = predictor.begin(seed, None, "error")
        assert prompt.token_ids.tolist() == [expected]
        assert prompt.prefix == expected


@pytest.mark.parametrize(
    ("tokenizer", "seed", "message"),
    [
        ("word", "", r"^--seed: an empty text.*at least 3 words"),
        ("word", " \n ", r"^--seed: an empty text"),
        ("char", "", r"^--seed: an empty text.*at least 3 characters"),
        ({"word": "removed"}, "... !", r"^--seed: an empty text"),
        ("word", "had", r"^--seed: 1 word in 'had'.*at least 3.*Add 2 more"),
        ("char", "ab", r"^--seed: 2 characters in 'ab'.*at least 3.*Add 1 more"),
    ],
)
def test_begin_too_short_for_the_window(tokenizer: Any, seed: str, message: str) -> None:
    task = window_model(tokenizer=tokenizer)
    data = prepared(task)
    with pytest.raises(RnnkitError, match=message) as caught, at("--seed"):
        task.predictor(data.codec, Uniform(data)).begin(seed, None, "error")
    assert caught.value.exit_code == 2


def test_begin_stream_from_one_token() -> None:
    task = stream_model()
    data = prepared(task)
    predictor = task.predictor(data.codec, Uniform(data))
    assert predictor.begin("long", None, "error").token_ids.shape == (1, 1)
    with pytest.raises(RnnkitError, match="an empty text"):
        predictor.begin("", None, "error")


def test_begin_unknown_words(caplog: pytest.LogCaptureFixture) -> None:
    task = window_model()
    data = prepared(task)
    predictor, tokenizer = task.predictor(data.codec, Uniform(data)), data.codec.tokenizer
    seed = "had a zebra general dog"
    with pytest.raises(RnnkitError, match=r"'zebra', 'dog'"):
        predictor.begin(seed, None, "error")
    with caplog.at_level(logging.INFO, "rnnkit"), at("--seed"):
        skipped = predictor.begin(seed, None, "skip")
        read = predictor.begin(seed, None, "unk")
    assert tokenizer.tokens(skipped.prefix) == ["had", "a", "general"]
    assert tokenizer.tokens(read.prefix) == ["had", "a", "<unk>", "general", "<unk>"]
    assert [record.getMessage().split(": ")[0] for record in caplog.records] == ["--seed"] * 2
    assert all("'zebra', 'dog'" in record.getMessage() for record in caplog.records)


def test_condition_is_refused() -> None:
    task = window_model()
    data = prepared(task)
    predictor = task.predictor(data.codec, Uniform(data))
    assert predictor.condition(None) is None
    with pytest.raises(RnnkitError, match="no condition"):
        predictor.condition("Irish")


def test_answers_the_best_guesses() -> None:
    task = window_model()
    data = prepared(task)
    predictor = task.predictor(data.codec, Counted(task, data))
    query = predictor.parse("enemy, THE cat .")
    (answer,) = predictor.predict([query])
    assert answer is not None
    guesses = predictor.answers(query, answer, 3)
    assert {guesses[0].token, guesses[1].token} == {"some", "by"}
    assert [guess.probability for guess in guesses] == pytest.approx([0.5, 0.5, 0.0], abs=1e-6)


def test_query_no_file_is_answered() -> None:
    task = window_model()
    data = prepared(task)
    predictor = task.predictor(data.codec, Uniform(data))
    assert predictor.reads == ()
    with pytest.raises(RnnkitError, match="rnnkit generate"):
        predictor.query({"text": SEED})


def test_asks_for_is_the_window_and_the_unit() -> None:
    for task, expected in (
        (window_model(), "3 words"),
        (window_model(tokenizer="char", window=20), "20 characters"),
        (stream_model(tokenizer="char"), "some characters"),
    ):
        data = prepared(task)
        assert task.predictor(data.codec, Uniform(data)).asks_for == expected


def test_token_logits_window() -> None:
    """Those of each token that a whole window stands before, the others only begin."""
    task = window_model()
    predictor = random_predictor(task, prepared(task))
    ids, logits = predictor.token_logits("the mice had a general zebra")
    assert len(ids) == 6
    np.testing.assert_allclose(logits[1], predictor.outputs(ids[None, 1:4])[0], atol=1e-6)
    assert predictor.token_logits("the mice had")[1].shape[0] == 0


def test_token_logits_stream() -> None:
    task = stream_model()
    predictor = random_predictor(task, prepared(task))
    ids, logits = predictor.token_logits("the mice had a general")
    np.testing.assert_allclose(logits, predictor.outputs(ids[None, :-1])[0], atol=1e-6)
    assert len(predictor.token_logits("the")[1]) == 0


def test_training_text_holds_the_tokens_of_training() -> None:
    task = window_model(split={"validation": 0.2})
    data = prepared(task)
    text = task.predictor(data.codec, Uniform(data)).training_text(data)
    ids = data.parts["train"].counted.tolist()
    assert text.find(ids[5:20]) == 5
    assert text.find([*ids[-2:], *data.parts["validation"].counted[:5].tolist()]) == -1


# Generation with carried state: the same as reading all again.


def characters() -> Any:
    return stream_model(layers=[{"lstm": 4}, {"gru": 3}], tokenizer="char")


def test_stepper_carried_state_is_reading_all_again() -> None:
    task = characters()
    data = prepared(task)
    predictor = random_predictor(task, data, 0)
    ids, unknown = data.codec.tokenizer.encode(SEED).tolist(), data.codec.tokenizer.unknown_id
    options = Generate(max_new_tokens=30)
    for (token,) in generate(predictor.stepper, np.array([ids]), options, predictor.banned):
        logits = predictor.outputs(np.array([ids]))[0, -1]
        logits[unknown] = -np.inf
        assert token == int(logits.argmax())
        ids.append(int(token))


def test_stepper_a_batch_is_its_rows() -> None:
    """Three texts of one length, together and each alone, over several steps; reordered as beams
    are.
    """
    task = characters()
    data = prepared(task)
    stepper, tokenizer = random_predictor(task, data, 5).stepper, data.codec.tokenizer
    texts = np.stack([tokenizer.encode(text) for text in ("the cat", "the mou", "long ag")])
    logits, state = stepper.init_state(texts)
    alone = [stepper.init_state(text[None]) for text in texts]
    for step in range(4):
        expected = np.concatenate([one for one, _ in alone])
        np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-5)
        tokens = logits.argmax(axis=1)
        logits, state = stepper.step(tokens, state)
        alone = [stepper.step(tokens[row : row + 1], one) for row, (_, one) in enumerate(alone)]
        if step == 1:
            order = np.array([2, 0, 0])
            logits, state = logits[order], stepper.reorder(state, order)
            alone = [alone[row] for row in order]


@pytest.mark.parametrize("seed", range(2))
def test_stepper_beam_finds_the_best_of_all(seed: int) -> None:
    """Against every continuation of four tokens, each read from the beginning."""
    task = stream_model(
        tokenizer="char", dataset=text_file("abcabdacdbbc"), train={"batch_size": 2}
    )
    data = prepared(task)
    predictor, tokenizer = random_predictor(task, data, seed), data.codec.tokenizer
    engine = predictor.outputs
    assert isinstance(engine, Engine)
    start, length, unknown = tokenizer.encode("ab").tolist(), 4, tokenizer.unknown_id
    letters = [token for token in range(len(tokenizer)) if token != unknown]
    every = np.array(list(product(letters, repeat=length)))
    texts = np.concatenate([np.tile(start, (len(every), 1)), every[:, :-1]], axis=1)
    logits = engine(texts)[:, len(start) - 1 :].astype(np.float64)
    logits[:, :, unknown] = -np.inf
    chances = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    totals = np.take_along_axis(chances, every[:, :, None], axis=-1).sum(axis=(1, 2))
    best = np.argsort(-totals)[:5]
    options = Generate(beam_size=64, max_new_tokens=length)
    (beams,) = beam_search(predictor.stepper, np.array([start]), options, predictor.banned)
    assert [beam.tokens for beam in beams[:5]] == every[best].tolist()
    found = [beam.log_probability for beam in beams[:5]]
    assert found == pytest.approx(totals[best].tolist(), rel=1e-4)
