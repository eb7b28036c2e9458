"""Vocabularies of data sets and token ids of their parts, which every training needs: from the
cache where they were computed before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.computed import Computation, Computed
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec


def train_kept(
    spec: TokenizerSpec,
    texts: Sequence[str],
    *,
    padding: bool = False,
    ends: bool = False,
    computed: Computed | None = None,
) -> Tokenizer:
    """The tokenizer that `spec.train` gives; the arguments are its own.

    Args:
        spec: How texts are tokenized; one of the user's own is trained anew each time, since what
            its code says may change.
        texts: The training set.
        padding: As of `TokenizerSpec.train`.
        ends: As of `TokenizerSpec.train`.
        computed: Where results are found and kept; the user's cache where None.
    """
    if type(spec).__module__.partition(".")[0] != "rnnkit":
        return spec.train(*texts, padding=padding, ends=ends)
    import tokenizers

    untrained = _Untrained(spec, padding, ends)
    computation = Computation(_train, {"untrained": untrained, "texts": texts})
    rules = (computed or Computed()).result(computation)["rules"]
    return Tokenizer(tokenizers.Tokenizer.from_str(rules.tobytes().decode()), spec.join)


@dataclass(frozen=True)
class _Untrained:
    """What a vocabulary depends on beside the texts."""

    spec: TokenizerSpec
    padding: bool
    ends: bool

    @property
    def fingerprint(self) -> str:
        return f"{self.spec!r} {self.padding} {self.ends}"


def _train(untrained: _Untrained, texts: Sequence[str]) -> dict[str, np.ndarray]:
    trained = untrained.spec.train(*texts, padding=untrained.padding, ends=untrained.ends)
    return {"rules": np.frombuffer(trained.fingerprint.encode(), np.uint8)}


def encode_kept(
    tokenizer: Tokenizer, texts: Sequence[str], computed: Computed | None = None
) -> Sequences:
    """Token ids of many texts, as the tokenizer's `encode_all` gives them.

    Args:
        tokenizer: Vocabulary and rules.
        texts: Of a part of a data set.
        computed: Where results are found and kept; the user's cache where None.
    """
    computation = Computation(_encode, {"tokenizer": tokenizer, "texts": texts})
    arrays = (computed or Computed()).result(computation)
    return Sequences(arrays["flat"], arrays["lengths"])


def _encode(tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, np.ndarray]:
    encoded = tokenizer.encode_all(texts)
    return {"flat": encoded.flat, "lengths": encoded.lengths}
