"""Encodes text as token ids and decodes it, by the `tokenizers` library; tokenizer.json stores both
vocabulary and rules.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.data.encode.graphemes import are_visible, visible, without_surrogates
from rnnkit.data.encode.plain_words import PlainWords
from rnnkit.data.encode.ragged import Sequences
from rnnkit.errors import RnnkitError, nearest
from rnnkit.storage import write_text

UNKNOWN = "<unk>"
PAD = "<pad>"
ENDS = ("<start>", "<end>")

ENCODED_AT_ONCE = 4096


class Tokenizer:
    """A trained tokenizer.

    Args:
        rules: A tokenizers.Tokenizer.
        join: Joins tokens to readable text.
    """

    def __init__(self, rules: Any, join: Callable[[Sequence[str]], str]):
        self._rules, self.join = rules, join
        self.hides_invisible: bool = are_visible(rules)
        """Whether invisible characters are ignored; in runs of earlier versions they are tokens."""
        vocabulary = rules.get_vocab()
        self.vocabulary: list[str] = sorted(vocabulary, key=vocabulary.__getitem__)
        if [vocabulary[token] for token in self.vocabulary] != list(range(len(vocabulary))):
            raise ValueError("its ids are not 0, 1, 2 and so on")
        self.unknown_id: int = vocabulary[UNKNOWN]
        self.pad_id: int | None = vocabulary.get(PAD)
        added = {token.content for token in rules.get_added_tokens_decoder().values()}
        special = [token for token in ENDS if token in added] + [PAD] * (PAD in vocabulary)
        self._is_special = np.zeros(len(vocabulary), bool)
        self._is_special[[vocabulary[token] for token in special]] = True

    def __len__(self) -> int:
        return len(self.vocabulary)

    @property
    def fingerprint(self) -> str:
        """Everything that the ids of a text depend on."""
        rules: str = self._rules.to_str()
        return rules

    def encode(self, text: str) -> np.ndarray:
        """Token ids, (tokens,) int32; `<unk>` for out-of-vocabulary tokens."""
        return self._without_special(np.array(self._encoding(text).ids, dtype=np.int32))

    def encode_all(self, texts: Sequence[str]) -> Sequences:
        """Token ids of many texts."""
        sequences = Sequences.of(self._ids(texts))
        return Sequences(self._without_special(sequences.flat), sequences.lengths)

    def _ids(self, texts: Sequence[str]) -> Iterator[Sequence[int] | np.ndarray]:
        plain = self._plain_words
        for start in range(0, len(texts), ENCODED_AT_ONCE):
            chunk = texts[start : start + ENCODED_AT_ONCE]
            rows = plain.encode(chunk) if plain else [None] * len(chunk)
            pairs = zip(chunk, rows, strict=True)
            others = self._encodings(
                [text for text, row in pairs if row is None], self._rules.encode_batch_fast
            )
            yield from (next(others).ids if row is None else row for row in rows)

    @cached_property
    def _plain_words(self) -> PlainWords | None:
        return PlainWords.of(self._rules)

    def encode_with_pieces(self, texts: Sequence[str]) -> tuple[Sequences, list[str]]:
        """Token ids of many texts, and the piece of text of each token, also if it is out of
        vocabulary.
        """
        texts = [self._plain(text) for text in texts]
        pieces: list[str] = []

        def encoded() -> Iterator[Sequence[int]]:
            for text, encoding in zip(
                texts, self._encodings(texts, self._rules.encode_batch), strict=True
            ):
                pieces.extend(text[start:end] for start, end in encoding.offsets)
                yield encoding.ids

        sequences = Sequences.of(encoded())
        return Sequences(self._without_special(sequences.flat), sequences.lengths), pieces

    def _plain(self, text: str) -> str:
        """The text as the rules normalize it, except for its case, so that offsets fit it."""
        return unicodedata.normalize("NFC", visible(text) if self.hides_invisible else text)

    def _encodings(
        self, texts: Sequence[str], encode_batch: Callable[[list[str]], Any]
    ) -> Iterator[Any]:
        for start in range(0, len(texts), ENCODED_AT_ONCE):
            yield from encode_batch(
                [without_surrogates(text) for text in texts[start : start + ENCODED_AT_ONCE]]
            )

    def _without_special(self, token_ids: np.ndarray) -> np.ndarray:
        """Replaces special tokens that the text itself spells, such as "<end>", by `<unk>`."""
        is_special = self._is_special[token_ids]
        if not is_special.any():
            return token_ids
        return np.where(is_special, np.int32(self.unknown_id), token_ids)

    def tokens(self, token_ids: Iterable[int]) -> list[str]:
        """The tokens of these ids."""
        return [self.vocabulary[token_id] for token_id in token_ids]

    def text(self, token_ids: Iterable[int]) -> str:
        """Decodes ids to readable text: "enemy, the cat." """
        return self.join(self.tokens(token_ids))

    def unknown(self, text: str) -> list[str]:
        """The distinct out-of-vocabulary tokens of a text in order, as written there (in NFC)."""
        text = self._plain(text)
        encoding = self._encoding(text)
        spans = [
            span
            for span, token_id in zip(encoding.offsets, encoding.ids, strict=True)
            if token_id in (self.unknown_id, self.pad_id)
        ]
        return list(dict.fromkeys(text[start:end] for start, end in spans))

    def encode_known(self, text: str) -> np.ndarray:
        """Token ids of a text that must not contain out-of-vocabulary tokens.

        Raises:
            RnnkitError: If it does, with those tokens and the most similar known ones.
        """
        unknown = self.unknown(text)
        if unknown:
            known = [token for token in self.vocabulary if token not in (UNKNOWN, PAD)]
            near = {word: nearest(word, known) for word in unknown}
            named = ", ".join(repr(word) for word in unknown)
            hints = [f"near {word!r}: {', '.join(words)}" for word, words in near.items() if words]
            are_words = any(len(token) > 1 and token.isalnum() for token in known)
            unit = "words" if are_words else "characters"
            raise RnnkitError(
                "",
                f"not in the vocabulary of {len(known)}: {named}",
                f"Expected {unit} of the training text",
                "; ".join(hints),
            )
        return self.encode(text)

    def _encoding(self, text: str) -> Any:
        return self._rules.encode(without_surrogates(text))

    def save(self, path: Path) -> None:
        """Writes tokenizer.json."""
        write_text(path, self._rules.to_str(pretty=True))


def indexed(vocabulary: Sequence[str], removed: str, first: str) -> Tokenizer:
    """Builds a tokenizer from a fixed vocabulary; it lowercases and splits at spaces.

    Args:
        vocabulary: All tokens in the order of their ids.
        removed: A pattern of the characters that are replaced by spaces.
        first: A token of the vocabulary that is prepended to each text.
    """
    import tokenizers
    from tokenizers import Regex, models, normalizers, pre_tokenizers, processors

    ids = {token: token_id for token_id, token in enumerate(vocabulary)}
    rules = tokenizers.Tokenizer(models.WordLevel(ids, unk_token=UNKNOWN))
    rules.normalizer = normalizers.Sequence(
        [normalizers.Lowercase(), normalizers.Replace(Regex(removed), " ")]
    )
    rules.pre_tokenizer = pre_tokenizers.Split(" ", behavior="removed")  # no other white space
    rules.post_processor = processors.TemplateProcessing(
        single=f"{first} $A", special_tokens=[(first, ids[first])]
    )
    return Tokenizer(rules, " ".join)
