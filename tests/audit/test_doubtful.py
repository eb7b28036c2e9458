"""Labels and tags that are probably wrong."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.audit.doubtful import (
    cross_validated,
    doubtful_labels,
    doubtful_of_several,
    inconsistent_tags,
)


def certain(targets: np.ndarray, right: float = 0.99) -> np.ndarray:
    """The probabilities of a baseline that is always right."""
    answers = np.full((len(targets), 2), 1 - right)
    answers[np.arange(len(targets)), targets] = right
    return answers


def test_doubtful_labels_finds_those_that_were_flipped() -> None:
    right = np.arange(200) % 2
    given_labels = right.copy()
    given_labels[[7, 20]] = 1 - given_labels[[7, 20]]
    (found,) = doubtful_labels(certain(right), given_labels, ("a", "b"), "row {}".format)
    assert sorted(found.rows) == ["row 20", "row 7"]


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_doubtful_labels_does_not_trust_a_baseline_that_guesses(seed: int) -> None:
    targets = np.random.default_rng(seed).integers(0, 2, 200)
    guessed = certain(np.random.default_rng(seed + 1).integers(0, 2, 200))
    assert not [*doubtful_labels(guessed, targets, ("a", "b"), str)]
    assert not [*doubtful_labels(certain(targets), targets, ("a", "b"), str)]


def test_doubtful_of_several_checks_each_label() -> None:
    right = np.stack([np.arange(200) % 2, np.arange(200) % 5 == 0], axis=1).astype(np.float32)
    answers, wrong = np.where(right > 0, 0.99, 0.01), right.copy()
    wrong[10, 0], wrong[[3, 40], 1] = 1, (1, 0)
    even, fifth = doubtful_of_several(answers, wrong, ("even", "fifth"), "row {}".format)
    assert "labelled even, and it predicts not even" in even.what
    assert even.rows == ("row 10",)
    assert sorted(fifth.rows) == ["row 3", "row 40"]


def test_doubtful_of_several_does_not_trust_a_baseline_that_finds_few_of_a_rare_label() -> None:
    """Its accuracy of 98 % is that of never answering the label."""
    targets = np.zeros((400, 1), np.float32)
    targets[:16] = 1
    answers = np.full((400, 1), 0.001)
    answers[:8] = 0.999  # half of them
    assert not [*doubtful_of_several(answers, targets, ("rare",), str)]


def test_cross_validated_answers_rows_of_other_folds() -> None:
    def answers(train: np.ndarray, asked: np.ndarray) -> np.ndarray:
        assert not set(train) & set(asked)
        return np.tile(asked[:, None], 2)

    assert (cross_validated(np.arange(9) % 2, 2, answers)[:, 0] == np.arange(9)).all()


def test_inconsistent_tags_finds_one_among_equal_contexts() -> None:
    sentences = [["we", "saw", "the", "Paris", "train"]] * 21
    tags = [["O", "O", "O", "B-LOC", "O"]] * 20 + [["O", "O", "O", "O", "O"]]
    (found,) = inconsistent_tags(sentences, tags, "row {}".format)
    assert list(found.rows) == ["row 20, token 4"]
    assert not [*inconsistent_tags(sentences[:20], tags[:20], str)]
