"""The vector of each token that a run's model reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.data.encode.codecs import TokenCodec
from rnnkit.data.encode.tokenizer import ENDS, PAD, UNKNOWN, Tokenizer
from rnnkit.data.encode.words import Spell, word_ids
from rnnkit.engine.forward import Weights, forward
from rnnkit.engine.recurrent import weights_below
from rnnkit.errors import RnnkitError, did_you_mean, nearest
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.words import Words
from rnnkit.workflows.inspect.layers import require_known
from rnnkit.workflows.inspect.tokens import token_text, tokenizer_of
from rnnkit.workflows.trained import find_trained, open_run

MARKS = (PAD, UNKNOWN, *ENDS)
READ_AT_ONCE = 4_096  # words in a batch


@dataclass(frozen=True)
class TokenVectors:
    """A table of vectors.

    Args:
        layer: The layer's name; of an encoder "encoder/NAME".
        tokens: The token of each row, as text.
        vectors: (tokens, features).
        tokenizer: The tokenizer of the layer's input.
        unknown: Computes the vector of an out-of-vocabulary word from its characters or subwords,
            (features,); None if the model cannot.
    """

    layer: str
    tokens: list[str]
    vectors: np.ndarray
    tokenizer: Tokenizer
    unknown: Callable[[str], np.ndarray] | None

    @property
    def rows(self) -> list[int]:
        """The rows of tokens that occur in texts, in the order of the vocabulary: by falling
        frequency, subwords aside.
        """
        vocabulary = self.tokenizer.vocabulary
        return [row for row, token in enumerate(vocabulary) if token not in MARKS]

    def vector(self, word: str) -> tuple[int, np.ndarray]:
        """The row of a word and its vector; -1 for an out-of-vocabulary word.

        Raises:
            RnnkitError: If it is out of vocabulary, and its vector cannot be computed.
        """
        row = self._row(word)
        if row is not None:
            return row, self.vectors[row]
        if self.unknown is not None and word.strip():
            return -1, self.unknown(word)
        raise self._not_in_vocabulary(word)

    def known_row(self, word: str) -> int:
        """The row of a word.

        Raises:
            RnnkitError: If the vocabulary lacks it.
        """
        row = self._row(word)
        if row is None:
            raise self._not_in_vocabulary(word)
        return row

    def _row(self, word: str) -> int | None:
        if word in self.tokens:
            return self.tokens.index(word)
        ids = self._ids(word)
        is_known = len(ids) == 1 and ids[0] != self.tokenizer.unknown_id
        return ids[0] if is_known else None

    def _ids(self, word: str) -> list[int]:
        """The token ids of a word, without the start token that the tokenizer may add."""
        token_ids: list[int] = self.tokenizer.encode(word).tolist()
        begins = bool(token_ids) and self.tokenizer.vocabulary[token_ids[0]] == ENDS[0]
        return token_ids[1:] if begins else token_ids

    def _not_in_vocabulary(self, word: str) -> RnnkitError:
        ids = self._ids(word)
        if len(ids) > 1 and self.tokenizer.unknown_id not in ids:
            parts = [self.tokens[token_id] for token_id in ids]
            got = f"{word!r} is {len(ids)} tokens of this run: {', '.join(map(repr, parts))}"
            return RnnkitError("", got, "Expected one token")
        known = [self.tokens[row] for row in self.rows]
        got = f"{word!r} is not in the vocabulary of {len(known):,}"
        near = nearest(word, known)
        others = f"Near it: {', '.join(map(repr, near))}" if len(near) > 1 else ""
        return RnnkitError("", got, "Expected a token of it", others or did_you_mean(word, known))


def token_vectors(name: str | None, layer: str | None = None) -> TokenVectors:
    """The vectors of a run's embedding layer.

    Args:
        name: A run's folder or name; None for the newest.
        layer: The embedding layer; None for the first.

    Raises:
        RnnkitError: If there is no such run or layer, or it has no vectors of tokens.
    """
    run = find_trained(name)
    _, codec, architecture, weights = open_run(run)
    tables = {
        table.name: table
        for table in architecture.all_layers
        if isinstance(table.spec, Embedding) and "embeddings" in (table.weights or {})
    }
    if not tables:
        raise _without(str(run), architecture)
    if layer is not None and layer not in tables:
        expected = f"Expected one of: {', '.join(tables)}"
        got = f"no table of vectors {layer!r}"
        raise RnnkitError("--layer", got, expected, did_you_mean(layer, tables))
    chosen = tables[layer or next(iter(tables))]
    tokenizer = tokenizer_of(codec, encodes=chosen.name.startswith("encoder/"))
    if tokenizer is None:
        got = f"a run whose codec is {type(codec).__name__}, which has no vocabulary"
        raise RnnkitError(str(run), got, "Expected a run that reads text")
    tokens = [token_text(tokenizer, row) for row in range(len(tokenizer))]
    table_weights = weights_below(chosen.name, weights)
    if isinstance(codec, TokenCodec) and codec.spell is not None and type(chosen.spec) is Words:
        require_known(architecture, str(run))
        read = partial(_read, table_weights, chosen, codec.spell)
        vectors = read(np.arange(len(tokens), dtype=np.int32), tokenizer.vocabulary)
        return TokenVectors(
            chosen.name,
            tokens,
            vectors,
            tokenizer,
            lambda word: read(word_ids(tokenizer, [word]), [word])[0],
        )
    return TokenVectors(chosen.name, tokens, table_weights["embeddings"], tokenizer, None)


def _read(
    weights: Weights, layer: Layer, spell: Spell, ids: np.ndarray, words: Sequence[str]
) -> np.ndarray:
    """The output of the layer for each word, (words, features)."""
    rows = np.concatenate([ids[:, None], spell(words)], axis=1)[:, None]
    batches = (rows[start : start + READ_AT_ONCE] for start in range(0, len(rows), READ_AT_ONCE))
    read = [forward(batch, weights, layer, np.ones(len(batch), np.int64)) for batch in batches]
    vectors: np.ndarray = np.concatenate(read)[:, 0]
    return vectors


def _without(run: str, architecture: Architecture) -> RnnkitError:
    first = architecture.layers[0]
    reads = {"float32": "reads numbers, which have no vectors of their own"}
    why = reads.get(architecture.input_dtype, f"has the input {first.kind}, not an embedding")
    if type(first.spec) is OneHot:
        why = "has the input one_hot, where each token is equally far from every other"
    return RnnkitError(
        run, f"this run {why}", "Expected a run with an embedding", "Name another run"
    )
