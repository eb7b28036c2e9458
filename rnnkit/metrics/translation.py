"""Scores of texts against references."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.environment import require


def translation_scores(
    answers: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool
) -> tuple[dict[str, float], str]:
    """BLEU (Papineni et al. 2002) and chrF (Popovic 2015) of a whole set, by sacrebleu, both from 0
    to 100.

    Args:
        answers: A text for each source.
        references: Its reference texts, at least one.
        lowercase: Whether case does not count.

    Returns:
        The scores, and sacrebleu's signatures, which say how they were counted.
    """
    require("sacrebleu")
    from sacrebleu.metrics import BLEU, CHRF

    most = max(map(len, references))
    columns = [
        [several[index] if index < len(several) else None for several in references]
        for index in range(most)
    ]
    scores, signatures = {}, []
    for name, metric in (("bleu", BLEU(lowercase=lowercase)), ("chrf", CHRF(lowercase=lowercase))):
        scores[name] = float(metric.corpus_score(answers, columns).score)
        signatures.append(f"{name} {metric.get_signature()}")
    return scores, "; ".join(signatures)


def bleu_sums(
    answers: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool
) -> np.ndarray:
    """What each answer adds to BLEU, by sacrebleu: (answers, 10), as `RowScores` reads "bleu".

    Args:
        answers: A text for each source.
        references: Its reference texts, at least one.
        lowercase: Whether case does not count.
    """
    require("sacrebleu")
    from sacrebleu.metrics import BLEU

    # the order of n-grams counts in the score of one sentence alone, which is not used
    metric = BLEU(lowercase=lowercase, effective_order=True)
    each = [metric.sentence_score(*pair) for pair in zip(answers, references, strict=True)]
    return np.array(
        [[*one.counts, *one.totals, one.sys_len, one.ref_len] for one in each], np.float64
    )


def sentence_chrf(
    answers: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool
) -> np.ndarray:
    """chrF of each answer alone, by sacrebleu: (answers,); arguments as in `bleu_sums`."""
    require("sacrebleu")
    from sacrebleu.metrics import CHRF

    metric = CHRF(lowercase=lowercase)
    each = [metric.sentence_score(*pair) for pair in zip(answers, references, strict=True)]
    return np.array([one.score for one in each], np.float64)
