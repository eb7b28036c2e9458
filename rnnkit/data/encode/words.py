"""Encodes words by their ids, and by their characters or subwords."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field

from rnnkit.data.encode.graphemes import visible_rules
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec

Spell = Callable[[Sequence[str]], np.ndarray]
"""Maps tokens to the ids of their characters or subwords, (tokens, length) int32, zero-padded."""


class WordsSpec(TokenizerSpec):
    """Which words the vocabulary holds, and how they are normalized; characters and subwords are
    read from the text as it is.
    """

    digits: Literal["kept", "zero"] = Field(
        "kept", description="zero: every digit is read as 0, so that 1996 and 2024 are one word"
    )

    def pre_tokenizer(self) -> Any:
        from tokenizers import pre_tokenizers

        return pre_tokenizers.Split("\0", behavior="removed")  # occurs in no token

    def replacements(self) -> list[Any]:
        from tokenizers import Regex, normalizers

        zeros = [normalizers.Replace(Regex(r"\p{Nd}"), "0")] if self.digits == "zero" else []
        return [*visible_rules(word_break=""), *zeros]

    def join(self, tokens: Sequence[str]) -> str:
        return " ".join(tokens)


def word_ids(tokenizer: Tokenizer, tokens: Sequence[str]) -> np.ndarray:
    """The id of each token, (tokens,) int32."""
    sequences = tokenizer.encode_all(tokens)
    ids = np.full(len(tokens), tokenizer.unknown_id, np.int32)
    # the library splits a token that contains a special one, such as a<unk>b
    whole = sequences.lengths == 1
    ids[whole] = sequences.flat[sequences.starts[whole]]
    return ids


def spelled_texts(tokenizer: Tokenizer, texts: Sequence[str], spell: Spell) -> Sequences:
    """Encodes each token of texts as its id followed by the ids of its characters or subwords:
    (tokens, 1 + length) int32.
    """
    ids, pieces = tokenizer.encode_with_pieces(texts)
    return Sequences(np.concatenate([ids.flat[:, None], spell(pieces)], axis=1), ids.lengths)


def characters(tokens: Sequence[str], length: int) -> np.ndarray:
    """The UTF-8 bytes of each token as 1 + byte, zero-padded: (tokens, length) int32.

    A token with more bytes keeps its beginning and its end: endings are as informative.
    """

    def bytes_of(token: str) -> list[int]:
        return [1 + byte for byte in _both_ends(list(token.encode("utf-8", "replace")), length)]

    return _padded(tokens, bytes_of, length)


def subwords(
    tokens: Sequence[str], length: int, shortest: int, longest: int, buckets: int
) -> np.ndarray:
    """The hashed character n-grams of each lowercased token as 1 + bucket, shortest first,
    zero-padded: (tokens, length) int32.

    N-grams have `shortest` to `longest` characters, where < and > mark the ends of the token; the
    bucket of an n-gram is the CRC-32 of its UTF-8, modulo `buckets`. A token with more n-grams
    keeps the first and the last half of them: the short ones, and the long ones of its ending.
    """

    def pieces_of(token: str) -> list[int]:
        word = f"<{token.lower()}>"
        pieces = [
            word[start : start + size]
            for size in range(shortest, longest + 1)
            for start in range(len(word) - size + 1)
        ]
        return [
            1 + zlib.crc32(piece.encode("utf-8", "replace")) % buckets
            for piece in _both_ends(pieces, length)
        ]

    return _padded(tokens, pieces_of, length)


def _both_ends(items: list[Any], length: int) -> list[Any]:
    return (
        items
        if len(items) <= length
        else items[: (length + 1) // 2] + items[len(items) - length // 2 :]
    )


def _padded(tokens: Sequence[str], ids_of: Callable[[str], list[int]], length: int) -> np.ndarray:
    """The ids of each token (in NFC), zero-padded; each distinct token is encoded once."""
    distinct = {token: row for row, token in enumerate(dict.fromkeys(tokens))}
    rows = np.zeros((len(distinct), length), np.int32)
    for token, row in distinct.items():
        ids = ids_of(unicodedata.normalize("NFC", token))
        rows[row, : len(ids)] = ids
    return rows[[distinct[token] for token in tokens]]
