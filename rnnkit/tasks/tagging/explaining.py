"""The questions by which a tag is explained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.insight.question import Question
from rnnkit.insight.scores import OneStep
from rnnkit.tasks.capabilities import About
from rnnkit.tasks.explaining import (
    AT,
    NO_TOKEN,
    REMOVED,
    chosen_name,
    chosen_number,
    chosen_place,
    numbers_question,
    remark_default,
    unknown_step,
)
from rnnkit.tasks.tagging.schemes import Tags
from rnnkit.tasks.tagging.tagger import Tagger
from rnnkit.tasks.tagging.windows import windows

OUTSIDE = "O"


def _asked(tagger: Tagger, answer: str, place: int, about: About) -> tuple[str, OneStep]:
    """The tag to explain, and its log-odds at a place.

    Raises:
        RnnkitError: If there is no such tag.
    """
    answered = tagger.scheme.answered
    tag = chosen_name(about, tuple(dict.fromkeys(answered)), "tag") or answer
    is_tag = np.array([label == tag for label in answered])
    return tag, OneStep(place, is_tag, tagger.crf, tagger.scheme.legal)


def sentence_question(
    codec: WordCodec,
    tagger: Tagger,
    sentence: tuple[Sequence[str], Tags],
    longest: int,
    about: About,
) -> Question:
    """The question how a token's tag depends on the tokens that the model reads.

    Args:
        codec: The run's codec.
        tagger: The model.
        sentence: The tokens and their predicted tags.
        longest: The most tokens that the model reads at once.
        about: The token and the tag to explain.

    Raises:
        RnnkitError: If there is no such token or tag.
    """
    tokens, tags = sentence
    place = chosen_place(about, tokens)
    if place is None:
        place = next((place for place, tag in enumerate(tags) if tag != OUTSIDE), 0)
        remark_default(f"{tags[place]} of {tokens[place]!r}, token {place + 1}", AT)
    span = next(
        slice(window.start, window.end)
        for window in windows(len(tokens), longest)
        if window.first <= place < window.last
    )
    inputs, at = codec.encode([tokens[span]])[0], place - span.start
    tag, score = _asked(tagger, tags[place], at, about)
    return Question(
        (f"{tag} of {tokens[place]!r}",),
        score,
        tuple(tokens[span]),
        inputs,
        tagger.answers,
        unknown_step(inputs, codec.tokenizer.unknown_id),
        f"{REMOVED}; <unk> stands for the tagged one",
        NO_TOKEN,
        removes=True,
        kept=at,
    )


def steps_question(
    codec: ArrayCodec, tagger: Tagger, values: np.ndarray, tags: Tags, about: About
) -> Question:
    """The question how a step's tag depends on each number of the sequence.

    Args:
        codec: The run's codec.
        tagger: The model.
        values: (timesteps, features).
        tags: The predicted tags.
        about: The step and the tag to explain.

    Raises:
        RnnkitError: If there is no such step or tag.
    """
    place = len(tags) - 1
    if about.at is not None:
        place = chosen_number(about, len(tags), "step")
    else:
        remark_default(f"{tags[-1]} of step {len(tags)}", AT)
    inputs = codec.encode([values])[0]
    tag, score = _asked(tagger, tags[place], place, about)
    of = f"{tag} of step {place + 1}"
    return numbers_question(of, score, inputs, tagger.answers, codec.scaler)
