"""Scores of texts against references."""

from __future__ import annotations

from collections.abc import Sequence

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
