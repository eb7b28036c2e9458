"""Codecs of texts and tokenized sentences: tokenizer and labels, saved in the run folder. The codec
of numbers is in arrays.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.data.encode.graphemes import visible
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.words import Spell, spelled_texts, word_ids
from rnnkit.run import RunFolder


@dataclass(frozen=True)
class TokenCodec:
    """The vocabulary of a model's inputs and the labels of its outputs.

    Args:
        tokenizer: The vocabulary.
        labels: Names in the order of the model's outputs.
        spell: Encodes the characters or subwords of tokens as well; None if they are not read.
    """

    tokenizer: Tokenizer
    labels: Labels
    spell: Spell | None

    @property
    def features(self) -> int:
        """Number of tokens in the vocabulary."""
        return len(self.tokenizer)

    def ids(self, encoded: Sequences) -> Sequences:
        """The token ids of encoded texts, without characters or subwords."""
        if self.spell is None:
            return encoded
        # copied: a view would keep the characters of all tokens in memory
        return Sequences(encoded.flat[:, 0].copy(), encoded.lengths)

    def save(self, run: RunFolder) -> None:
        """Writes it to the run folder."""
        self.tokenizer.save(run.tokenizer)
        self.labels.save(run.labels)


class TextCodec(TokenCodec):
    """The codec of raw texts."""

    def encode(self, texts: Sequence[str]) -> Sequences:
        """Token ids, (tokens,) for each text; (tokens, 1 + length) with characters or subwords."""
        if self.spell is None:
            return self.tokenizer.encode_all(texts)
        return spelled_texts(self.tokenizer, texts, self.spell)

    def without_empty(self, encoded: Sequences) -> Sequences:
        """Replaces texts without tokens by a single `<unk>`, without characters."""
        unknown = np.zeros((1, *encoded.flat.shape[1:]), np.int32)
        unknown.flat[0] = self.tokenizer.unknown_id
        return Sequences(
            np.concatenate([tokens if len(tokens) else unknown for tokens in encoded]),
            np.maximum(encoded.lengths, 1),
        )


class WordCodec(TokenCodec):
    """The codec of tokenized sentences."""

    def encode(self, sentences: Sequence[Sequence[str]]) -> Sequences:
        """Word ids, (tokens,) for each sentence; (tokens, 1 + length) with characters."""
        tokens = [token for sentence in sentences for token in sentence]
        if self.tokenizer.hides_invisible:
            tokens = [visible(token, word_break="") for token in tokens]
        ids = word_ids(self.tokenizer, tokens)
        flat = (
            ids
            if self.spell is None
            else np.concatenate([ids[:, None], self.spell(tokens)], axis=1)
        )
        return Sequences(flat, np.array([len(sentence) for sentence in sentences], np.int64))
