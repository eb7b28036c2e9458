"""The choice of what is explained: which label, which token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.data.encode.scaler import Scaler
from rnnkit.errors import RnnkitError, did_you_mean, here
from rnnkit.insight.question import Answers, Question
from rnnkit.insight.scores import Score
from rnnkit.progress import log
from rnnkit.tasks.capabilities import About

ANSWER, AT = "--class", "--at"
REMOVED = "a token that is left out is removed"
UNKNOWN = "<unk> stands for a token that is left out"
NO_TOKEN = "<unk> for each token"
LISTED = 20
LOGITS = 20_000_000  # computed at once


def chosen_name(about: About, names: Sequence[str], kind: str) -> str | None:
    """The name that is explained; None for the default.

    Args:
        about: The user's choice.
        names: The names to choose from.
        kind: What they are: "label".

    Raises:
        RnnkitError: If it is not among them.
    """
    if about.answer is None or about.answer in names:
        return about.answer
    some = f"{', '.join(names[:LISTED])}{', ...' if len(names) > LISTED else ''}"
    near = did_you_mean(about.answer, names)
    raise RnnkitError(ANSWER, f"no {kind} {about.answer!r}", f"Expected one of: {some}", near)


def chosen_place(about: About, tokens: Sequence[str]) -> int | None:
    """The index of the token that is explained; None for the default.

    Raises:
        RnnkitError: If there is no such token.
    """
    if about.at is None:
        return None
    places = [place for place, token in enumerate(tokens) if token == about.at]
    if len(places) > 1:
        numbers = ", ".join(str(place + 1) for place in places)
        log.info(f"{about.at!r} is the tokens {numbers}; the first is explained, {AT} N another")
    if places:
        return places[0]
    return chosen_number(about, len(tokens), "token", did_you_mean(about.at, tokens))


def chosen_number(about: About, count: int, kind: str, near: str = "") -> int:
    """The index of what is explained by its number, which counts from 1.

    Args:
        about: The user's choice.
        count: How many there are.
        kind: What is counted: "token".
        near: A hint.

    Raises:
        RnnkitError: If it is not a number from 1 to `count`.
    """
    number = about.at or "1"
    if number.isascii() and number.isdigit() and len(number) < 10 and 1 <= int(number) <= count:
        return int(number) - 1
    raise RnnkitError(AT, f"no {kind} {number!r}", f"Expected one, or 1 to {count:,}", near)


def nothing_else(about: About, *, answer: str = "", at: str = "") -> None:
    """Refuses an option that does not apply to an answer.

    Args:
        about: The user's choice.
        answer: Why --class does not apply; "" if it does.
        at: Why --at does not apply; "" if it does.

    Raises:
        RnnkitError: If the option is given.
    """
    for option, value, why in ((ANSWER, about.answer, answer), (AT, about.at, at)):
        if why and value is not None:
            raise RnnkitError(option, f"found {value!r}, but {why}", "", f"Remove {option}")


def remark_default(what: str, option: str) -> None:
    """Remarks what is explained by default."""
    log.info(here(f"explained: {what}; {option} names another"))


def unknown_step(inputs: np.ndarray, unknown_id: int) -> np.ndarray:
    """A step like those of (steps, ...) token ids that is <unk>, without characters."""
    filler = np.zeros(inputs.shape[1:], inputs.dtype)
    filler.flat[0] = unknown_id
    return filler


def rows_at_once(steps: int, outcomes: int) -> int:
    """How many rows to compute at once, by their steps and the outcomes of each."""
    return max(1, LOGITS // (steps * outcomes))


def numbers_question(
    of: str, score: Score, inputs: np.ndarray, answers: Answers, scaler: Scaler
) -> Question:
    """The question how an answer depends on each number of a sequence.

    Args:
        of: The answer.
        score: Its score.
        inputs: (steps, features) scaled numbers.
        answers: The model.
        scaler: The scaler of the numbers.
    """
    steps, features = inputs.shape
    return Question(
        (of,),
        score,
        tuple(f"step {step}" for step in range(1, steps + 1)),
        inputs,
        answers,
        np.zeros(features, inputs.dtype),
        *left_out_numbers(scaler),
        features=tuple(f"feature {feature}" for feature in range(1, features + 1)),
    )


def left_out_numbers(scaler: Scaler) -> tuple[str, str]:
    """How a number is left out, and what an input without numbers is, in words."""
    is_scaled = bool(scaler.mean.any())
    to = "its mean in the training set" if is_scaled else "0"
    each = "each number at its mean" if is_scaled else "each number at 0"
    return f"a number that is left out is set to {to}", each
