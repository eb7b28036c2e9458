"""Vocabularies of data sets and token ids of their parts, which every training needs: from the
cache where they were computed before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.checksums import Input
from rnnkit.computations import ComputedResults, Work
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec


def train_kept(
    spec: TokenizerSpec,
    texts: Sequence[str],
    *,
    padding: bool = False,
    ends: bool = False,
    key: str = "",
    computed: ComputedResults | None = None,
) -> Tokenizer:
    """The tokenizer that `spec.train` gives; the arguments are its own.

    Args:
        spec: How texts are tokenized; one of the user's own is trained anew each time, since what
            its code says may change.
        texts: The training set.
        padding: As in `TokenizerSpec.train`.
        ends: As in `TokenizerSpec.train`.
        key: As in `TokenizerSpec.train`.
        computed: Where results are found and kept; the user's cache if None.
    """
    if type(spec).__module__.partition(".")[0] != "rnnkit":
        return spec.train(*texts, padding=padding, ends=ends, key=key)
    inputs: dict[str, Input] = {"spec": repr(spec), "padding": padding, "ends": ends}
    kept = (computed or ComputedResults()).cached(Work("train", inputs | {"texts": texts}))
    if (found := kept.get()) is not None:
        import tokenizers

        rules = tokenizers.Tokenizer.from_str(found["rules"].tobytes().decode())
        return Tokenizer(rules, spec.join)
    trained = spec.train(*texts, padding=padding, ends=ends, key=key)
    kept.put({"rules": np.frombuffer(trained.fingerprint.encode(), np.uint8)})
    return trained


def encode_kept(
    tokenizer: Tokenizer, texts: Sequence[str], computed: ComputedResults | None = None
) -> Sequences:
    """Token ids of many texts, as the tokenizer's `encode_all` gives them.

    Args:
        tokenizer: Vocabulary and rules.
        texts: The texts of a part of a data set.
        computed: Where results are found and kept; the user's cache if None.
    """
    kept = (computed or ComputedResults()).cached(
        Work("encode", {"tokenizer": tokenizer, "texts": texts})
    )
    if (found := kept.get()) is not None:
        return Sequences(found["flat"], found["lengths"])
    encoded = tokenizer.encode_all(texts)
    kept.put({"flat": encoded.flat, "lengths": encoded.lengths})
    return encoded
