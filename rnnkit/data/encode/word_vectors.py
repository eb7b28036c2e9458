"""Word vectors from the co-occurrence of tokens in the training texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.data.encode.ragged import Sequences
from rnnkit.environment import require

WINDOW = 5  # tokens on either side, weighted by their distance
SMOOTHING = 0.75  # exponent of context frequencies, so that rare contexts do not dominate
SPREAD = 0.5  # standard deviation of the components of the vectors


def cooccurrence_vectors(
    texts: Sequences, vocabulary: int, dim: int, random_seed: int
) -> np.ndarray:
    """Word vectors by a truncated SVD of the positive pointwise mutual information of tokens and
    their contexts.

    A vector is a row of the left singular vectors times the square roots of the singular values,
    which Levy, Goldberg and Dagan (2015) recommend; it performs on par with word2vec, which
    factorizes the same matrix implicitly. Tokens that do not occur get zeros.

    Args:
        texts: Token ids; a window does not extend beyond its text.
        vocabulary: Number of token ids.
        dim: Dimensions of a vector; those beyond the rank of the matrix are zero.
        random_seed: Seeds the randomised SVD.

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
    """Co-occurrence counts, sparse (vocabulary, vocabulary); a pair at distance d has the weight
    (WINDOW + 1 - d) / WINDOW.
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
    """max(0, log p(token, context) / (p(token) p(context))), sparse."""
    from scipy import sparse

    total = np.asarray(counts.sum(axis=1)).ravel()
    context = total**SMOOTHING / max(1.0, float((total**SMOOTHING).sum()))
    pairs = counts.tocoo()
    information = np.log(pairs.data / (total[pairs.row] * context[pairs.col]))
    is_positive = information > 0
    return sparse.csr_matrix(
        (
            information[is_positive].astype(np.float32),
            (pairs.row[is_positive], pairs.col[is_positive]),
        ),
        shape=counts.shape,
    )
