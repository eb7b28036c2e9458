"""The simple methods that an encoder-decoder is compared with, where they take long."""

from __future__ import annotations

import numpy as np

from rnnkit.baselines.nearest import NearestSource
from rnnkit.checksums import Input
from rnnkit.computations import Arrays, Computation
from rnnkit.data.encode.ragged import Sequences
from rnnkit.tasks.ngrams import smoothed_computation
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.seq2seq.data import PairCodec, PairPart


def nearest_sources(data: Prepared[PairCodec, PairPart], part: str) -> Computation:
    """The index ("rows") of the nearest training source to each different source of a part."""
    train, asked = data.parts["train"].sources, data.parts[part].asked
    inputs: dict[str, Input] = {
        "known": train.flat,
        "known_lengths": train.lengths,
        "asked": asked.flat,
        "asked_lengths": asked.lengths,
        "vocabulary": len(data.codec.source),
    }
    return Computation(_nearest, inputs)


def ngrams(data: Prepared[PairCodec, PairPart], part: str) -> Computation:
    """The score of n-grams of the targets on every token of a part but `<start>`."""
    train, scored = (data.parts[name].targets.flat for name in ("train", part))
    codec = data.codec
    return smoothed_computation(train, scored, len(codec.target), codec.ends[0])


def _nearest(
    known: np.ndarray,
    known_lengths: np.ndarray,
    asked: np.ndarray,
    asked_lengths: np.ndarray,
    vocabulary: int,
) -> Arrays:
    nearest = NearestSource(Sequences(known, known_lengths), vocabulary)
    return {"rows": nearest.predict(Sequences(asked, asked_lengths))}
