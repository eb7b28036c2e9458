"""What each token of a target depends on in its source."""

from __future__ import annotations

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.insight.question import Question
from rnnkit.insight.scores import EachStep
from rnnkit.tasks.capabilities import About
from rnnkit.tasks.explaining import (
    ANSWER,
    NO_TOKEN,
    REMOVED,
    chosen_name,
    chosen_place,
    rows_at_once,
    unknown_step,
)
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.seq2seq.data import PairCodec


def source_question(
    codec: PairCodec, outputs: Outputs, source: np.ndarray, target: list[int], about: About
) -> Question:
    """What the tokens of a target depend on, each given those before it: the tokens of its source.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        source: (tokens,) ids.
        target: The ids that were decoded.
        about: Which of them, each if None; and which token in its place.

    Raises:
        RnnkitError: If there is no such token.
    """
    tokens = codec.target.tokens(target)
    place = chosen_place(about, tokens)
    named = chosen_name(about, codec.target.vocabulary, "token")
    if named is not None and place is None:
        raise RnnkitError(ANSWER, f"{named!r} without a place", "Expected --at with it")
    read = np.array([[codec.ends[0], *target[:-1]]], np.int32)
    wanted = np.array(target)
    if place is not None:
        wanted = wanted[[place]]
        if named is not None:
            wanted[0] = codec.target.vocabulary.index(named)
    steps = slice(None) if place is None else slice(place, place + 1)

    def answers(sources: np.ndarray) -> np.ndarray:
        states = outputs.init_state(len(sources), sources)
        return outputs.step(np.repeat(read, len(sources), axis=0), states)[0][:, steps]

    return Question(
        tuple(codec.target.tokens(wanted)),
        EachStep(wanted),
        tuple(codec.source.tokens(source)),
        source,
        answers,
        unknown_step(source, codec.source.unknown_id),
        REMOVED,
        NO_TOKEN,
        removes=True,
        at_once=rows_at_once(len(target), len(codec.target)),
    )
