"""What becomes of the words of a text that the vocabulary lacks."""

from __future__ import annotations

from typing import Literal

import numpy as np

from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.errors import here
from rnnkit.progress import log

Oov = Literal["error", "skip", "unk"]

_REMARK = {"skip": "skipped", "unk": "read as <unk>"}


def encode_text(tokenizer: Tokenizer, text: str, oov: Oov) -> np.ndarray:
    """Token ids of a text, (tokens,) int32.

    Args:
        tokenizer: The vocabulary.
        text: What to encode.
        oov: What becomes of words that are out of vocabulary: "error" refuses them; "skip" leaves
            them out and "unk" reads them as `<unk>`, both with a remark.

    Raises:
        RnnkitError: With the words and the nearest known ones, where they are an error.
    """
    if oov == "error":
        return tokenizer.encode_known(text)
    token_ids = tokenizer.encode(text)
    if unknown := tokenizer.unknown(text):
        words = ", ".join(map(repr, unknown))
        log.warning(here(f"out of vocabulary, {_REMARK[oov]}: {words}"))
    return token_ids[token_ids != tokenizer.unknown_id] if oov == "skip" else token_ids
