"""What is asked of an answer that is explained: which label, which token."""

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
LOGITS = 20_000_000  # that are computed at once


def chosen_name(about: About, names: Sequence[str], kind: str) -> str | None:
    """The name of `about`, None if none is asked for.

    Args:
        about: What is asked.
        names: The names that there are.
        kind: What they are: "label".

    Raises:
        RnnkitError: If it is none of them.
    """
    if about.answer is None or about.answer in names:
        return about.answer
    some = f"{', '.join(names[:LISTED])}{', ...' if len(names) > LISTED else ''}"
    near = did_you_mean(about.answer, names)
    raise RnnkitError(ANSWER, f"no {kind} {about.answer!r}", f"Expected one of: {some}", near)


def chosen_place(about: About, tokens: Sequence[str]) -> int | None:
    """The place of the token of `about.at`, from 0; None if none is asked for.

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
    """The place of the number of `about.at`, from 0.

    Args:
        about: What is asked.
        count: How many there are.
        kind: What is counted: "token".
        near: A hint.

    Raises:
        RnnkitError: If it is none of 1 to `count`.
    """
    asked = about.at or "1"
    if asked.isascii() and asked.isdigit() and len(asked) < 10 and 1 <= int(asked) <= count:
        return int(asked) - 1
    raise RnnkitError(AT, f"no {kind} {asked!r}", f"Expected one, or 1 to {count:,}", near)


def nothing_else(about: About, *, answer: str = "", at: str = "") -> None:
    """Refuses what an answer has no choice of.

    Args:
        about: What is asked.
        answer: Why --class says nothing here; "" if it does.
        at: Why --at says nothing here; "" if it does.

    Raises:
        RnnkitError: If it is asked all the same.
    """
    for place, asked, why in ((ANSWER, about.answer, answer), (AT, about.at, at)):
        if why and asked is not None:
            with_hint = f"Remove {place}"
            raise RnnkitError(place, f"found {asked!r}, but {why}", "", with_hint)


def remark_default(what: str, option: str) -> None:
    """Says what is explained where nothing else was asked for."""
    log.info(here(f"explained: {what}; {option} names another"))


def unknown_step(inputs: np.ndarray, unknown_id: int) -> np.ndarray:
    """Like one step of (steps, ...) token ids: <unk>, without characters."""
    filler = np.zeros(inputs.shape[1:], inputs.dtype)
    filler.flat[0] = unknown_id
    return filler


def rows_at_once(steps: int, outcomes: int) -> int:
    """How many rows of so many steps are computed at once, of a choice of so many tokens."""
    return max(1, LOGITS // (steps * outcomes))


def numbers_question(
    of: str, score: Score, inputs: np.ndarray, answers: Answers, scaler: Scaler
) -> Question:
    """What an answer to a sequence depends on: each of its numbers.

    Args:
        of: What is answered.
        score: Its score.
        inputs: (steps, features) in the network's numbers.
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
