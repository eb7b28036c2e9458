"""The questions by which a classifier's label is explained."""

from __future__ import annotations

import numpy as np

from rnnkit.data.batch.widths import bucket_widths
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.raw.labelled import Examples
from rnnkit.errors import RnnkitError
from rnnkit.insight.question import Answers, Question
from rnnkit.insight.scores import Logit, LogOdds, Score
from rnnkit.tasks.capabilities import About
from rnnkit.tasks.classification.arrays import LabelledArrayCodec
from rnnkit.tasks.classification.data import ClassificationCodec
from rnnkit.tasks.classification.texts import LabelledTextCodec
from rnnkit.tasks.explaining import (
    NO_TOKEN,
    REMOVED,
    chosen_name,
    nothing_else,
    numbers_question,
    unknown_step,
)
from rnnkit.tasks.network import Outputs


def text_question(codec: LabelledTextCodec, outputs: Outputs, text: str, about: About) -> Question:
    """The question how a text's label depends on the tokens that the model reads.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        text: The text.
        about: The label to explain.

    Raises:
        RnnkitError: If there is no such label, or nothing to read in the text.
    """
    nothing_else(about, at="a label is that of the whole text")
    cleaned = codec.clean(text)
    whole = codec.read([text])
    if not whole.lengths[0]:
        raise RnnkitError("", f"nothing to read in {text!r}", "Expected at least one token")
    pieces = codec.tokenizer.encode_with_pieces([cleaned])[1]
    tokens = codec.tokenizer.tokens(codec.ids(whole).flat)
    names = Sequences(
        np.array([piece or token for piece, token in zip(pieces, tokens, strict=True)], object),
        whole.lengths,
    ).truncate(codec.longest, codec.data.truncating)
    inputs = whole.truncate(codec.longest, codec.data.truncating)[0]
    filler = unknown_step(inputs, codec.tokenizer.unknown_id)
    answers = _answers(codec, outputs)
    of, score = _asked(codec, answers(inputs[None])[0], about)
    parts = tuple(map(str, names[0]))
    return Question((of,), score, parts, inputs, answers, filler, REMOVED, NO_TOKEN, removes=True)


def steps_question(
    codec: LabelledArrayCodec, outputs: Outputs, values: np.ndarray, about: About
) -> Question:
    """The question how a sequence's label depends on each of its numbers; arguments as in
    `text_question`, with (timesteps, features) values.
    """
    nothing_else(about, at="a label is that of the whole sequence")
    inputs = codec.encode([values])[0]
    answers = _answers(codec, outputs)
    of, score = _asked(codec, answers(inputs[None])[0], about)
    return numbers_question(of, score, inputs, answers, codec.scaler)


def _answers(codec: ClassificationCodec, outputs: Outputs) -> Answers:
    """The model as a function of (rows, steps, ...), padded as for an answer."""

    def answers(inputs: np.ndarray) -> np.ndarray:
        rows, steps = inputs.shape[:2]
        each = Sequences(inputs.reshape(rows * steps, *inputs.shape[2:]), np.full(rows, steps))
        part = codec.batched(Examples([], [], str), each, np.zeros(rows, np.int32))
        width = max(part.widths or bucket_widths(part.inputs.lengths, 1))
        return outputs(part.inputs.padded(np.arange(rows), width, part.padding))

    return answers


def _asked(codec: ClassificationCodec, logits: np.ndarray, about: About) -> tuple[str, Score]:
    """The label to explain, and its score."""
    labels = codec.labels
    named = chosen_name(about, labels.names, "label")
    if labels.several:
        output = int(logits.argmax()) if named is None else labels.names.index(named)
        return labels.names[output], Logit(output)
    if labels.outputs == 1:
        second = logits[0] > 0 if named is None else labels.names.index(named) == 1
        return labels.names[int(second)], Logit(0, 1 if second else -1)
    output = int(logits.argmax()) if named is None else labels.names.index(named)
    return labels.names[output], LogOdds(np.arange(len(labels))[None] == output)
