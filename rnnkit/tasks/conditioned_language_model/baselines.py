"""The n-grams with which a conditioned language model is compared."""

from __future__ import annotations

from rnnkit.computations import Computation
from rnnkit.tasks.conditioned_language_model.data import ConditionedCodec, ConditionedPart
from rnnkit.tasks.ngrams import ngram_computation
from rnnkit.tasks.prepared import Prepared


def ngrams(data: Prepared[ConditionedCodec, ConditionedPart], part: str) -> Computation:
    """The scores of n-grams of the training set on a part."""
    train, scored = (data.parts[name].texts.flat for name in ("train", part))
    codec = data.codec
    return ngram_computation(train, scored, len(codec.tokenizer), codec.ends[0])
