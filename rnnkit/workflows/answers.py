"""A predictor's answers to texts that a person or a program asks."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.errors import RnnkitError, at
from rnnkit.tasks.predictor import Answers, Predictor

ANSWERED_AT_ONCE = 8192


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
    answers: list[Answers] = []
    for start in range(0, len(texts), ANSWERED_AT_ONCE):
        chunk = texts[start : start + ANSWERED_AT_ONCE]
        queries = []
        for index, text in enumerate(chunk, start):
            with at(f"text[{index}]"):
                queries.append(predictor.parse(text))
        given = zip(chunk, queries, predictor.predict(queries), strict=True)
        for index, (text, query, answer) in enumerate(given, start):
            with at(f"text[{index}]"):
                answers.append(_rows(predictor, text, query, answer, top))
    return answers


def _rows(predictor: Predictor, text: str, query: object, answer: object, top: int) -> Answers:
    if answer is None:
        raise RnnkitError("", f"nothing to read in {text!r}", "Expected at least one token")
    return predictor.answers(query, answer, top)
