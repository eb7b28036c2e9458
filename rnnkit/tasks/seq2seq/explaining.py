"""The questions by which the tokens of a target are explained by those of its source."""

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
    """The question how the tokens of a target, each given those before it, depend on its source.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        source: The token ids of the source, (tokens,).
        target: The decoded token ids.
        about: The token of the target to explain, all if None; and a token to put in its place.

    Raises:
        RnnkitError: If there is no such token.
    """
    tokens = codec.target.tokens(target)
    place = chosen_place(about, tokens)
    named = chosen_name(about, codec.target.vocabulary, "token")
    if named is not None and place is None:
        raise RnnkitError(ANSWER, f"{named!r} without a place", "Expected --at with it")
    decoder_inputs = np.array([[codec.ends[0], *target[:-1]]], np.int32)
    explained = np.array(target)
    if place is not None:
        explained = explained[[place]]
        if named is not None:
            explained[0] = codec.target.vocabulary.index(named)
    steps = slice(None) if place is None else slice(place, place + 1)

    def answers(sources: np.ndarray) -> np.ndarray:
        states = outputs.init_state(len(sources), sources)
        return outputs.step(np.repeat(decoder_inputs, len(sources), axis=0), states)[0][:, steps]

    return Question(
        tuple(codec.target.tokens(explained)),
        EachStep(explained),
        tuple(codec.source.tokens(source)),
        source,
        answers,
        unknown_step(source, codec.source.unknown_id),
        REMOVED,
        NO_TOKEN,
        removes=True,
        at_once=rows_at_once(len(target), len(codec.target)),
    )
