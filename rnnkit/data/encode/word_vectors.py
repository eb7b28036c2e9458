"""Vectors of tokens from nothing but the texts at hand: co-occurrence, in few
dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.data.encode.ragged import Sequences
from rnnkit.environment import require

WINDOW = 5  # tokens on either side; of a far one less is counted than of a near one
SMOOTHING = 0.75  # the power of a context's frequency: rare contexts would tell too much
SPREAD = 0.5  # the deviation of the numbers of a vector


def cooccurrence_vectors(
    texts: Sequences, vocabulary: int, dim: int, random_seed: int
) -> np.ndarray:
    """One vector for each token id, by factoring the positive pointwise mutual information of
    tokens and their neighbours.

    The left singular vectors times the roots of the singular values, as Levy, Goldberg and Dagan
    (2015) find best: such vectors tell as much as word2vec's, of which they are the closed form.
    Tokens that no text holds get zeros.

    Args:
        texts: Token ids; no window crosses from one text to the next.
        vocabulary: How many token ids there are.
        dim: Numbers of a vector; those beyond the rank of the matrix are zeros.
        random_seed: Seeds the randomised factorisation.

    Returns:
        (vocabulary, dim) float32.
    """
    require("sklearn")
    from sklearn.utils.extmath import randomized_svd

    information = _mutual_information(_neighbours(texts, vocabulary))
    vectors = np.zeros((vocabulary, dim), np.float32)
    if information.nnz:
        left, values, _ = randomized_svd(
            information, min(dim, vocabulary), random_state=random_seed
        )
        vectors[:, : len(values)] = left * np.sqrt(values)
        vectors *= SPREAD / vectors.std()
    return vectors


def _neighbours(texts: Sequences, vocabulary: int) -> Any:
    """How often tokens occur near each other, a sparse (vocabulary, vocabulary); at a distance d
    they count (WINDOW + 1 - d) / WINDOW.
    """
    from scipy import sparse

    text_of = np.repeat(np.arange(len(texts)), texts.lengths)
    counts = sparse.csr_matrix((vocabulary, vocabulary), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        together = text_of[:-distance] == text_of[distance:]
        before, after = texts.flat[:-distance][together], texts.flat[distance:][together]
        weights = np.full(len(before), (WINDOW + 1 - distance) / WINDOW, np.float32)
        counts += sparse.csr_matrix((weights, (before, after)), shape=counts.shape)
    return counts + counts.T


def _mutual_information(counts: Any) -> Any:
    """max(0, log p(token, context) / (p(token) p(context))) where it is above 0, sparse."""
    from scipy import sparse

    total = np.asarray(counts.sum(axis=1)).ravel()
    context = total**SMOOTHING / max(1.0, float((total**SMOOTHING).sum()))
    pairs = counts.tocoo()
    information = np.log(pairs.data / (total[pairs.row] * context[pairs.col]))
    kept = information > 0
    return sparse.csr_matrix(
        (information[kept].astype(np.float32), (pairs.row[kept], pairs.col[kept])),
        shape=counts.shape,
    )
