"""A predictor's answers to texts that a person or a program asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.errors import RnnkitError, at
from rnnkit.tasks.predictor import Answers, Predictor

ANSWERED_AT_ONCE = 8192

T = TypeVar("T")


def require_rows(top: int) -> None:
    """Refuses a number of rows below 1."""
    if top < 1:
        raise RnnkitError("top", f"found {top}", "Expected at least 1")


def answer_text(predictor: Predictor, text: str, top: int = 5) -> Answers:
    """A predictor's answer to a text.

    Raises:
        RnnkitError: If it cannot answer such a text.
    """
    query = predictor.parse(text)
    (answer,) = predictor.predict([query])
    return _rows(predictor, text, query, answer, top)


def answer_texts(predictor: Predictor, texts: Sequence[str], top: int = 5) -> list[Answers]:
    """A predictor's answers to several texts, in their order.

    Raises:
        RnnkitError: If it cannot answer such a text, with its index.
    """
    return _answer_all(predictor, texts, predictor.parse, top)


def answer_arrays(
    predictor: Predictor, arrays: Sequence[np.ndarray], top: int = 5
) -> list[Answers]:
    """A predictor's answers to sequences of numbers, of any lengths, each (timesteps, features).

    Raises:
        RnnkitError: If it does not answer such a sequence, with its index.
    """
    codec = predictor.codec
    if not isinstance(codec, ArrayCodec):
        got = f"an array of {arrays[0].dtype}" if arrays else "no array"
        raise RnnkitError("text", got, "Expected text, or a list of texts")

    def query(values: np.ndarray) -> object:
        return predictor.query({"x": codec.steps(values)})

    return _answer_all(predictor, arrays, query, top)


def _answer_all(
    predictor: Predictor, asked: Sequence[T], query: Callable[[T], object], top: int
) -> list[Answers]:
    answers: list[Answers] = []
    for start in range(0, len(asked), ANSWERED_AT_ONCE):
        chunk = asked[start : start + ANSWERED_AT_ONCE]
        queries = []
        for index, one in enumerate(chunk, start):
            with at(f"text[{index}]"):
                queries.append(query(one))
        given = zip(chunk, queries, predictor.predict(queries), strict=True)
        for index, (one, read, answer) in enumerate(given, start):
            with at(f"text[{index}]"):
                answers.append(_rows(predictor, one, read, answer, top))
    return answers


def _rows(predictor: Predictor, text: object, query: object, answer: object, top: int) -> Answers:
    if answer is None:
        raise RnnkitError("", f"nothing to read in {text!r}", "Expected at least one token")
    return predictor.answers(query, answer, top)
