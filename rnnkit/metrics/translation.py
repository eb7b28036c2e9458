"""Scores of texts by references."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.environment import require


def translation_scores(
    answers: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool
) -> tuple[dict[str, float], str]:
    """Corpus BLEU (Papineni et al. 2002) and chrF (Popovic 2015), by sacrebleu, both from 0 to 100.

    Args:
        answers: The answer to each source.
        references: The reference texts of each source, at least one.
        lowercase: Whether case is ignored.

    Returns:
        The scores, and sacrebleu's signatures, which name the settings.
    """
    require("sacrebleu")
    from sacrebleu.metrics import BLEU, CHRF

    most = max(map(len, references))
    columns = [
        [texts[index] if index < len(texts) else None for texts in references]
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
    """The sums of each answer for BLEU, by sacrebleu, (answers, 10), as in `RowScores`.

    Args:
        answers: The answer to each source.
        references: The reference texts of each source, at least one.
        lowercase: Whether case is ignored.
    """
    require("sacrebleu")
    from sacrebleu.metrics import BLEU

    # effective_order changes the score of a sentence only, which is not used
    metric = BLEU(lowercase=lowercase, effective_order=True)
    scores = [metric.sentence_score(*pair) for pair in zip(answers, references, strict=True)]
    return np.array(
        [[*score.counts, *score.totals, score.sys_len, score.ref_len] for score in scores],
        np.float64,
    )


def sentence_chrf(
    answers: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool
) -> np.ndarray:
    """The chrF of each answer, by sacrebleu, (answers,); arguments as in `bleu_sums`."""
    require("sacrebleu")
    from sacrebleu.metrics import CHRF

    metric = CHRF(lowercase=lowercase)
    scores = [metric.sentence_score(*pair) for pair in zip(answers, references, strict=True)]
    return np.array([score.score for score in scores], np.float64)
