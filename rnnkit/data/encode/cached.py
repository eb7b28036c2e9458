"""Trained tokenizers and encoded texts, read from the user's cache if they were computed before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.checksums import Input
from rnnkit.computations import ComputedResults, Work
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec


def train_cached(
    spec: TokenizerSpec,
    texts: Sequence[str],
    *,
    padding: bool = False,
    ends: bool = False,
    key: str = "",
    computed: ComputedResults | None = None,
) -> Tokenizer:
    """Trains a tokenizer as `spec.train` does, or loads it from the cache.

    Args:
        spec: How texts are tokenized; a user-defined tokenizer is never cached, since its code may
            change.
        texts: The training set.
        padding: As in `TokenizerSpec.train`.
        ends: As in `TokenizerSpec.train`.
        key: As in `TokenizerSpec.train`.
        computed: The cache; None for the user's.
    """
    if type(spec).__module__.partition(".")[0] != "rnnkit":
        return spec.train(*texts, padding=padding, ends=ends, key=key)
    inputs: dict[str, Input] = {"spec": repr(spec), "padding": padding, "ends": ends}
    entry = (computed or ComputedResults()).cached(Work("train", inputs | {"texts": texts}))
    if (arrays := entry.get()) is not None:
        import tokenizers

        rules = tokenizers.Tokenizer.from_str(arrays["rules"].tobytes().decode())
        return Tokenizer(rules, spec.join)
    trained = spec.train(*texts, padding=padding, ends=ends, key=key)
    entry.put({"rules": np.frombuffer(trained.fingerprint.encode(), np.uint8)})
    return trained


def encode_cached(
    tokenizer: Tokenizer, texts: Sequence[str], computed: ComputedResults | None = None
) -> Sequences:
    """Encodes texts as `tokenizer.encode_all` does, or loads their token ids from the cache.

    Args:
        tokenizer: Vocabulary and rules.
        texts: The texts of a part of a data set.
        computed: The cache; None for the user's.
    """
    work = Work("encode", {"tokenizer": tokenizer, "texts": texts})
    entry = (computed or ComputedResults()).cached(work)
    if (arrays := entry.get()) is not None:
        return Sequences(arrays["flat"], arrays["lengths"])
    encoded = tokenizer.encode_all(texts)
    entry.put({"flat": encoded.flat, "lengths": encoded.lengths})
    return encoded
