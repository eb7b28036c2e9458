"""The long computations of the baselines of an encoder-decoder."""

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
    """The nearest training source to each distinct source of a part, as indices ("rows")."""
    train, scored = data.parts["train"].sources, data.parts[part].distinct_sources
    inputs: dict[str, Input] = {
        "train": train.flat,
        "train_lengths": train.lengths,
        "scored": scored.flat,
        "scored_lengths": scored.lengths,
        "vocabulary": len(data.codec.source),
    }
    return Computation(_nearest, inputs)


def ngrams(data: Prepared[PairCodec, PairPart], part: str) -> Computation:
    """The score of n-grams of the targets on each token of a part after `<start>`."""
    train, scored = (data.parts[name].targets.flat for name in ("train", part))
    codec = data.codec
    return smoothed_computation(train, scored, len(codec.target), codec.ends[0])


def _nearest(
    train: np.ndarray,
    train_lengths: np.ndarray,
    scored: np.ndarray,
    scored_lengths: np.ndarray,
    vocabulary: int,
) -> Arrays:
    nearest = NearestSource(Sequences(train, train_lengths), vocabulary)
    return {"rows": nearest.predict(Sequences(scored, scored_lengths))}
