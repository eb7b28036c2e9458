"""Token ids of the parts of a data set, which every training of it needs: from the cache where they
were encoded before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.computed import Computation, Computed
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import Tokenizer


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
