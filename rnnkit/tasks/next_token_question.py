"""What the next token of a text depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.errors import RnnkitError
from rnnkit.insight.question import Answers, Question
from rnnkit.insight.scores import LogOdds
from rnnkit.progress import log
from rnnkit.tasks.capabilities import About
from rnnkit.tasks.explaining import (
    AT,
    NO_TOKEN,
    REMOVED,
    UNKNOWN,
    chosen_name,
    chosen_place,
    rows_at_once,
    unknown_step,
)
from rnnkit.tasks.network import Outputs

MOST = 200  # tokens of a text that are left out


@dataclass(frozen=True)
class Start:
    """What stands before a text.

    Args:
        token_ids: The tokens that are read first.
        condition: What the text is conditioned on, (features,); None for nothing.
    """

    token_ids: Sequence[int] = ()
    condition: np.ndarray | None = None


def asked_context(
    tokenizer: Tokenizer, token_ids: np.ndarray, least: int, about: About
) -> tuple[np.ndarray, int | None]:
    """The tokens that are read, and the one after them that is explained: a token of the text where
    --at names one, else what follows the text, None for the most probable one.

    Raises:
        RnnkitError: If there is no such token, or too few before it.
    """
    tokens = [tokenizer.text([token_id]) for token_id in token_ids]
    place = chosen_place(about, tokens)
    named = chosen_name(about, tokenizer.vocabulary, "token")
    target = None if named is None else tokenizer.vocabulary.index(named)
    if place is None:
        return token_ids, target
    if place < least:
        expected = f"Expected a token with {least} before it, which the model sees"
        raise RnnkitError(AT, f"token {place + 1}", expected)
    return token_ids[:place], int(token_ids[place]) if target is None else target


def window_question(
    tokenizer: Tokenizer, outputs: Outputs, token_ids: np.ndarray, target: int | None
) -> Question:
    """What the token after a window depends on.

    Args:
        tokenizer: The run's.
        outputs: The model's outputs.
        token_ids: (tokens,) the window.
        target: The token that is explained; None for the most probable one.
    """
    return _question(tokenizer, token_ids, target, outputs, UNKNOWN, removes=False)


def stream_question(
    tokenizer: Tokenizer,
    outputs: Outputs,
    token_ids: np.ndarray,
    target: int | None,
    start: Start = Start(),
) -> Question:
    """What the token after a text depends on. Of a long text the last tokens are left out, one at a
    time.

    Args:
        tokenizer: The run's.
        outputs: The model's outputs.
        token_ids: (tokens,) the text.
        target: The token that is explained; None for the most probable one.
        start: What stands before the text, of which nothing is left out.
    """
    before, shown = [*start.token_ids, *token_ids[:-MOST]], token_ids[-MOST:]
    states = outputs.init_state(1, None if start.condition is None else start.condition[None])
    if len(token_ids) > MOST:
        log.info(f"explained by the last {MOST} of {len(token_ids):,} tokens")
    if before:
        states = outputs.step(np.array([before], np.int32), states)[1]

    def answers(inputs: np.ndarray) -> np.ndarray:
        rows = np.zeros(len(inputs), np.int64)
        begun = {name: tuple(array[rows] for array in arrays) for name, arrays in states.items()}
        return outputs.step(inputs, begun)[0][:, -1]

    return _question(tokenizer, shown, target, answers, REMOVED, removes=True)


def _question(
    tokenizer: Tokenizer,
    token_ids: np.ndarray,
    target: int | None,
    answers: Answers,
    manner: str,
    *,
    removes: bool,
) -> Question:
    if target is None:
        target = int(answers(token_ids[None])[0].argmax())
    is_target = np.arange(len(tokenizer)) == target
    return Question(
        (tokenizer.text([target]) or tokenizer.vocabulary[target],),
        LogOdds(is_target[None]),
        tuple(tokenizer.text([token_id]) for token_id in token_ids),
        token_ids,
        answers,
        unknown_step(token_ids, tokenizer.unknown_id),
        manner,
        NO_TOKEN,
        removes=removes,
        at_once=rows_at_once(len(token_ids), len(tokenizer)),
    )
