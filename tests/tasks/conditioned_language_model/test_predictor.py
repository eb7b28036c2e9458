"""Seeds and conditions, and tokens that are never generated."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.errors import RnnkitError, at
from rnnkit.generation.decode import generate
from rnnkit.generation.options import Generate
from rnnkit.tasks.capabilities import GeneratesFromCondition
from rnnkit.tasks.prepared import Source
from tests.helpers.conditioned import conditioned, random_predictor


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("It", "'It'.*de, en, it.*mean 'it'"),
        ("", "''.*de, en, it"),
        (None, "missing.*--condition de"),
    ],
)
def test_condition_unknown(label: str | None, message: str) -> None:
    task = conditioned()
    predictor = random_predictor(task, task.prepare(Source()))
    with pytest.raises(RnnkitError, match=f"^--condition: .*{message}"), at("--condition"):
        predictor.condition(label)


def test_condition_among_many_names_some() -> None:
    task = conditioned(texts=[("anna", f"label {number:04d}") for number in range(500)])
    predictor = random_predictor(task, task.prepare(Source()))
    with pytest.raises(RnnkitError, match=r"0029 and 470 more.*'label 0400'") as caught:
        predictor.condition("label0400")
    assert len(str(caught.value)) < 1000


def test_begin_after_the_start_token(caplog: pytest.LogCaptureFixture) -> None:
    task = conditioned()
    data = task.prepare(Source())
    predictor, tokenizer = random_predictor(task, data), data.codec.tokenizer
    condition = predictor.condition("it")
    start, unknown = tokenizer.vocabulary.index(ENDS[0]), tokenizer.unknown_id
    bo, b = tokenizer.encode("bo").tolist(), tokenizer.encode("b").tolist()
    for seed, oov, prefix in (
        ("", "error", []),
        ("bo", "error", bo),
        ("bü", "skip", b),
        ("bü", "unk", [*b, unknown]),
    ):
        with caplog.at_level(logging.INFO, "rnnkit"):
            prompt = predictor.begin(seed, condition, oov)  # type: ignore[arg-type]
        assert prompt.token_ids.tolist() == [[start, *prefix]]
        assert prompt.prefix == prefix
    assert ["'ü'" in record.getMessage() for record in caplog.records] == [True, True]
    with pytest.raises(RnnkitError, match="'ü'"):
        predictor.begin("bü", condition, "error")


def test_banned_tokens_are_never_generated() -> None:
    """Not even at the highest temperature."""
    task = conditioned()
    data = task.prepare(Source())
    predictor, tokenizer = random_predictor(task, data), data.codec.tokenizer
    assert tokenizer.tokens(predictor.banned) == ["<unk>", ENDS[0]]
    prompt = predictor.begin("", predictor.condition("it"), "error")
    seeds = np.repeat(prompt.token_ids, 50, axis=0)
    options = Generate(temperature=50.0, max_new_tokens=20, random_seed=0)
    drawn = np.array(list(generate(prompt.stepper, seeds, options, predictor.banned)))
    assert not np.isin(drawn, predictor.banned).any()
    assert len(np.unique(drawn)) == len(tokenizer) - 2


def test_parse_answers_no_text() -> None:
    task = conditioned()
    predictor = random_predictor(task, task.prepare(Source()))
    assert isinstance(predictor, GeneratesFromCondition)
    assert predictor.reads == ()
    for ask in (lambda: predictor.parse("bob"), lambda: predictor.query({"text": "bob"})):
        with pytest.raises(RnnkitError, match="rnnkit generate --condition"):
            ask()


def test_training_text_is_that_of_training() -> None:
    task = conditioned()
    data = task.prepare(Source())
    text = random_predictor(task, data).training_text(data)
    assert text.find(data.codec.tokenizer.encode("gino").tolist()) >= 0
    assert text.find(data.codec.tokenizer.encode("gina").tolist()) == -1
