"""BLEU and chrF: by hand from the definitions, and by sacrebleu's own functions."""

from __future__ import annotations

import math

import pytest

from rnnkit.metrics.translation import translation_scores

ANSWERS = ["the cat sat on the mat today", "a dog barked at me"]
REFERENCES = [["the cat sat on a mat today"], ["the dog barked at me", "a dog barked at us all"]]


def test_translation_scores_bleu_by_hand() -> None:
    """Clipped n-gram precisions of the whole set, the closest reference lengths, no brevity penalty
    (Papineni et al. 2002).
    """
    precisions = [(6 + 5) / 12, (4 + 4) / 10, (2 + 3) / 8, (1 + 2) / 6]
    expected = 100 * math.exp(sum(map(math.log, precisions)) / 4)
    scores, signature = translation_scores(ANSWERS, REFERENCES, lowercase=False)
    assert scores["bleu"] == pytest.approx(expected, abs=1e-6)
    assert "nrefs:var" in signature
    assert "case:mixed" in signature


def test_translation_scores_penalises_a_short_answer() -> None:
    """One of five words is missing: the precisions are 1, and the penalty is exp(1 - 5/4)."""
    scores, _ = translation_scores(["a b c d"], [["a b c d e"]], lowercase=False)
    assert scores["bleu"] == pytest.approx(100 * math.exp(1 - 5 / 4), abs=1e-6)


def test_translation_scores_equal_sacrebleu() -> None:
    import sacrebleu

    columns = [[several[0] for several in REFERENCES], [REFERENCES[0][0], REFERENCES[1][1]]]
    scores, _ = translation_scores(
        ANSWERS, [[several[0], several[-1]] for several in REFERENCES], lowercase=False
    )
    assert scores["bleu"] == pytest.approx(sacrebleu.corpus_bleu(ANSWERS, columns).score)
    assert scores["chrf"] == pytest.approx(sacrebleu.corpus_chrf(ANSWERS, columns).score)


def test_translation_scores_of_perfect_answers_depend_on_case() -> None:
    upper = [[text.upper() for text in several] for several in REFERENCES]
    right = [several[-1] for several in REFERENCES]
    assert translation_scores(right, upper, lowercase=True)[0] == pytest.approx(
        {"bleu": 100.0, "chrf": 100.0}
    )
    assert translation_scores(right, upper, lowercase=False)[0]["bleu"] < 1
