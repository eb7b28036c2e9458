"""Handling of out-of-vocabulary words in a prompt."""

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
        text: The text to encode.
        oov: How to treat out-of-vocabulary words: "error" raises an error; "skip" drops them and
            "unk" encodes them as `<unk>`, both with a warning.

    Raises:
        RnnkitError: If `oov` is "error" and there are any; with the most similar known words.
    """
    if oov == "error":
        return tokenizer.encode_known(text)
    token_ids = tokenizer.encode(text)
    if unknown := tokenizer.unknown(text):
        words = ", ".join(map(repr, unknown))
        log.warning(here(f"out of vocabulary, {_REMARK[oov]}: {words}"))
    return token_ids[token_ids != tokenizer.unknown_id] if oov == "skip" else token_ids
