"""Tokens that are cut already to ids: of whole words, and of their characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field

from rnnkit.data.ragged import Sequences
from rnnkit.data.tokenizer import Tokenizer, TokenizerSpec


class WordsSpec(TokenizerSpec):
    """Which words the vocabulary holds, and how they are written in it. Characters are read as they stand in the text."""

    digits: Literal["kept", "zero"] = Field("kept", description="zero: every digit is read as 0, so that 1996 and 2024 are one word")

    def pre_tokenizer(self) -> Any:
        from tokenizers import pre_tokenizers

        return pre_tokenizers.Split("\0", behavior="removed")  # no token holds it: each is one word

    def replacements(self) -> list[Any]:
        from tokenizers import Regex, normalizers

        return [normalizers.Replace(Regex(r"\p{Nd}"), "0")] if self.digits == "zero" else []

    def join(self, tokens: Sequence[str]) -> str:
        return " ".join(tokens)


def word_ids(tokenizer: Tokenizer, tokens: Sequence[str]) -> np.ndarray:
    """The id of each token, (tokens,) int32."""
    sequences = tokenizer.encode_all(tokens)
    ids = np.full(len(tokens), tokenizer.unknown_id, np.int32)
    whole = sequences.lengths == 1  # the library takes a token that spells one of its own, such as a<unk>b, to pieces
    ids[whole] = sequences.flat[sequences.starts[whole]]
    return ids


def spelled_texts(tokenizer: Tokenizer, texts: Sequence[str], length: int) -> Sequences:
    """The tokens of texts, each as its id and its characters: (tokens, 1 + length) int32, as of `spelled`."""
    ids, pieces = tokenizer.encode_with_pieces(texts)
    return Sequences(np.concatenate([ids.flat[:, None], spelled(pieces, length)], axis=1), ids.lengths)


def spelled(tokens: Sequence[str], length: int) -> np.ndarray:
    """The characters of each token as the bytes of its UTF-8, (tokens, length) int32: 1 + byte, then zeros.

    Of a longer token the first and the last half is kept: its ending tells as much as its beginning.
    """
    head = (length + 1) // 2
    different = {token: row for row, token in enumerate(dict.fromkeys(tokens))}
    rows = np.zeros((len(different), length), np.int32)
    for token, row in different.items():
        raw = token.encode("utf-8", "replace")
        if len(raw) > length:
            raw = raw[:head] + raw[len(raw) - (length - head) :]
        rows[row, : len(raw)] = np.frombuffer(raw, np.uint8)
        rows[row, : len(raw)] += 1
    return rows[[different[token] for token in tokens]]
