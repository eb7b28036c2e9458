import numpy as np
import pytest
from sacrebleu.metrics import BLEU
from sklearn.metrics import f1_score

from rnnkit.metrics.row_scores import RowScores, in_blocks, of_groups, weighted
from rnnkit.metrics.translation import bleu_sums


def test_score_of_bleu_is_that_of_sacrebleu() -> None:
    answers = ["the cat sat on the mat", "a dog", "he ran home quickly today", "no"]
    references = [["the cat sat on a mat"], ["a dog barked", "the dog"], ["she ran home"], ["yes"]]
    columns = [[each[min(index, len(each) - 1)] for each in references] for index in range(2)]
    sums = bleu_sums(answers, references, lowercase=False)
    rows = RowScores("bleu", "sources", "", sums, "bleu")
    for chosen in (range(4), [0, 2], [1, 3], [3], [0, 0, 1]):
        wanted = BLEU().corpus_score(
            [answers[row] for row in chosen], [[c[row] for row in chosen] for c in columns]
        )
        got = rows.of(sums[list(chosen)].sum(axis=0))
        assert got == pytest.approx(wanted.score), chosen


def test_score_of_macro_f1_is_that_of_sklearn() -> None:
    generator = np.random.default_rng(0)
    true, answers = generator.integers(3, size=(2, 50))
    labels = np.arange(3)
    decided, wanted = answers[:, None] == labels, true[:, None] == labels
    sums = np.concatenate([decided & wanted, decided, wanted], axis=1).astype(float)
    rows = RowScores("macro_f1", "texts", "", sums, "macro_f1")
    assert rows.value == pytest.approx(f1_score(true, answers, average="macro"))


def test_sums_by_group_and_by_block() -> None:
    values = np.arange(10.0)
    assert of_groups(values, [3, 0, 7]).tolist() == [[3, 3], [0, 0], [42, 7]]
    assert in_blocks(values).tolist() == weighted(values).tolist()
    blocks = in_blocks(np.ones(1050))
    assert len(blocks) == 21
    assert blocks.sum(axis=0).tolist() == [1050, 1050]
