"""What an embedding starts from where it does not start at random."""

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
    """How a model reads a word's characters or subwords in addition to the word; None if it
    reads words alone.
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
    """The vectors that a config asks for, as weights of the model: those of a file, or of the
    training texts themselves.

    Args:
        first: The model's input layer.
        vocabulary: The tokens, in the order of their ids.
        texts: The training set.
        random_seed: The training's.

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
