"""What the tag of a token, or of a step, depends on."""

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


def _asked(tagger: Tagger, own: str, place: int, about: About) -> tuple[str, OneStep]:
    """The tag that is explained, and its log-odds at a place.

    Raises:
        RnnkitError: If there is no such tag.
    """
    shown = tagger.scheme.shown
    tag = chosen_name(about, tuple(dict.fromkeys(shown)), "tag") or own
    is_tag = np.array([tag == one for one in shown])
    return tag, OneStep(place, is_tag, tagger.crf, tagger.scheme.legal)


def sentence_question(
    codec: WordCodec,
    tagger: Tagger,
    sentence: tuple[Sequence[str], Tags],
    longest: int,
    about: About,
) -> Question:
    """What the tag of a token depends on: the tokens that the model reads with it.

    Args:
        codec: The run's codec.
        tagger: The model.
        sentence: The tokens, and the tags that are answered.
        longest: Tokens that the model reads at once.
        about: Which token, and which tag.

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
    """What the tag of a step depends on: each number of the sequence.

    Args:
        codec: The run's codec.
        tagger: The model.
        values: (timesteps, features).
        tags: The tags that are answered.
        about: Which step, and which tag.

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
