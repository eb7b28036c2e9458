"""Initial values of embeddings that are not random: word vectors from a file or from the texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from rnnkit.architecture import InputSpec
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.word_vectors import cooccurrence_vectors
from rnnkit.data.encode.words import Spell, characters, subwords
from rnnkit.errors import RnnkitError
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.words import Words
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.registry import name_of


def word_reader(first: InputSpec) -> Spell | None:
    """The function that splits a word into its characters or subwords for the model; None if the
    model reads only words.
    """
    if not isinstance(first, Words):
        return None
    if read := first.subwords:
        return partial(
            subwords,
            length=read.length,
            shortest=read.shortest,
            longest=read.longest,
            buckets=read.buckets,
        )
    return partial(characters, length=first.encoder.length)


def initial_embeddings(
    first: InputSpec,
    vocabulary: Sequence[str],
    texts: Sequences,
    random_seed: int,
) -> dict[str, np.ndarray]:
    """The initial vectors of a config as weights of the model: from a file, or computed from the
    training texts.

    Args:
        first: The model's input layer.
        vocabulary: The tokens, in the order of their ids.
        texts: The training set.
        random_seed: The training's seed.

    Raises:
        RnnkitError: If the file does not exist or holds no vectors.
    """
    if not isinstance(first, Embedding) or not (first.path or first.from_texts):
        return {}
    if first.path:
        vectors, known = first.read_vectors(vocabulary, random_seed)
        if not known:
            got = (
                f"{first.path} has a vector for none of the {len(vocabulary):,} tokens of the"
                " vocabulary"
            )
            raise RnnkitError(
                f"{first.place}.path",
                got,
                "Expected vectors of its words",
                "Is it of another language, or are its words capitalised?",
            )
        log.info(
            f"{first.path}: vectors of {known:,} of the vocabulary's"
            f" {counted(len(vectors), 'token')}; the others start at random"
        )
    else:
        vectors = cooccurrence_vectors(texts, len(vocabulary), first.dim, random_seed)
        log.info(
            f"vectors of {len(vocabulary):,} tokens from co-occurrence in"
            f" {len(texts.flat):,} tokens of the training set"
        )
    return {f"{name_of('input', type(first))}/embeddings": vectors}
