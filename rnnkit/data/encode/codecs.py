"""Raw text and sentences to what a model reads, with the labels that it answers; kept in the run
folder. That of numbers is in arrays.py.
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
    """Tokens to ids, and answers to labels.

    Args:
        tokenizer: The vocabulary.
        labels: Names in the order of the model's outputs.
        spell: How a token's characters or subwords are encoded too, None if tokens are read
            whole.
    """

    tokenizer: Tokenizer
    labels: Labels
    spell: Spell | None

    @property
    def features(self) -> int:
        """Tokens in the vocabulary."""
        return len(self.tokenizer)

    def ids(self, encoded: Sequences) -> Sequences:
        """The token ids alone of what the model reads."""
        # A copy: a view would keep every token's characters in memory.
        return (
            encoded if self.spell is None else Sequences(encoded.flat[:, 0].copy(), encoded.lengths)
        )

    def save(self, run: RunFolder) -> None:
        """Keeps it in the run folder."""
        self.tokenizer.save(run.tokenizer)
        self.labels.save(run.labels)


class TextCodec(TokenCodec):
    """Reads texts, which the tokenizer cuts."""

    def encode(self, texts: Sequence[str]) -> Sequences:
        """What the model reads: token ids (tokens,), or with their characters (tokens, 1 +
        length)."""
        return (
            self.tokenizer.encode_all(texts)
            if self.spell is None
            else spelled_texts(self.tokenizer, texts, self.spell)
        )

    def without_empty(self, encoded: Sequences) -> Sequences:
        """Texts without a token become one `<unk>`, without characters."""
        unknown = np.zeros((1, *encoded.flat.shape[1:]), np.int32)
        unknown.flat[0] = self.tokenizer.unknown_id
        return Sequences(
            np.concatenate([tokens if len(tokens) else unknown for tokens in encoded]),
            np.maximum(encoded.lengths, 1),
        )


class WordCodec(TokenCodec):
    """Reads tokenized sentences."""

    def encode(self, sentences: Sequence[Sequence[str]]) -> Sequences:
        """What the model reads: word ids (tokens,), or with their characters (tokens, 1 +
        length).
        """
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
