"""How a page labels a text, or a sequence of numbers, as the run does."""

from __future__ import annotations

from rnnkit.data.encode.labels import Labels
from rnnkit.tasks.classification.texts import LabelledTextCodec
from rnnkit.tasks.playground import Numbers, Text, Verdict


def judged(labels: Labels, reads: Text | Numbers) -> Verdict:
    """A page's description of a classifier."""
    return Verdict(reads, labels.names, labels.several, labels.thresholds)


def text_of(codec: LabelledTextCodec) -> Text:
    """How it reads a text."""
    data = codec.data
    return Text(
        tokenizer=codec.tokenizer,
        unit=data.tokenizer.unit,
        clean=tuple(data.clean),
        longest=codec.longest,
        truncating=data.truncating,
        width=codec.longest if data.batching == "fixed" else None,
        padding=data.padding,
    )
