"""Parity: every label counted anew, for a sequence and for each step."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.parity import Parity
from rnnkit.errors import RnnkitError


def test_load_labels_each_step_and_each_sequence() -> None:
    dataset = Parity(count=300, min_length=2, max_length=9)
    steps, wholes = (dataset.load(each_step=each).parts["train"] for each in (True, False))
    assert {len(bits) for bits in steps.texts} == set(range(2, 10))
    for bits, labels, (whole,) in zip(steps.texts, steps.labels, wholes.labels, strict=True):
        assert bits.dtype == np.float32
        ones = [int(bit) for (bit,) in bits]
        assert set(ones) <= {0, 1}
        wanted = [("even", "odd")[sum(ones[: step + 1]) % 2] for step in range(len(ones))]
        assert list(labels) == wanted
        assert whole == wanted[-1]
    assert all(np.array_equal(*pair) for pair in zip(steps.texts, wholes.texts, strict=True))


def test_load_depends_on_its_own_seed_alone() -> None:
    first, again, other = (
        np.concatenate(Parity(count=30, random_seed=seed).load(each_step=True).parts["train"].texts)
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("each_step", [True, False])
def test_known_scores_are_what_all_bits_but_one_give(each_step: bool) -> None:
    dataset = Parity(count=5000, max_length=12)
    chance, _ = dataset.known_scores()
    train = dataset.load(each_step=each_step).parts["train"]
    bits_before = [bits.sum() - bits[-1, 0] for bits in train.texts]
    answers = [("even", "odd")[int(ones) % 2] for ones in bits_before]
    hits = [label[-1] == answer for label, answer in zip(train.labels, answers, strict=True)]
    assert chance.scores["accuracy"] == pytest.approx(np.mean(hits), abs=0.03)


def test_refuses_lengths_that_do_not_fit() -> None:
    config = "task: tagging\ndata: {dataset: {parity: {min_length: 5, max_length: 4}}}\n"
    with pytest.raises(RnnkitError, match=r"min_length.*max_length is 4"):
        parse_config(config + "model: {embedding: none, layers: [gru: 4]}\n", "c.yaml")
