"""Copy memory and selective copy: every row read back, and what is known of their scores."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.copying import BLANK, GO, Copying, RecallKeys
from rnnkit.data.datasets.selective_copying import SelectiveCopying
from rnnkit.errors import RnnkitError
from rnnkit.registry import lookup


def test_copying_load_asks_for_the_first_items_after_the_wait() -> None:
    dataset = Copying(count=200, length=7, items=3, symbols=4)
    train = dataset.load().parts["train"]
    assert len(train) == 200
    for tokens, tags in zip(train.texts, train.labels, strict=True):
        assert tokens[3:] == (BLANK,) * 6 + (GO,) * 4
        assert tags == (BLANK,) * 10 + tokens[:3]
    first = {tokens[:3] for tokens in train.texts}
    assert {token for items in first for token in items} == {"1", "2", "3", "4"}


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        *(("copying", {"length": 100_000}), ("selective_copying", {"length": 100_000})),
        *(("brackets", {"length": 10_000}), ("adding", {"length": 100_000})),
        ("parity", {"min_length": 90_000, "max_length": 100_000}),
    ],
)
def test_load_refuses_sequences_beyond_memory_before_they_are_drawn(
    kind: str, length: dict[str, int]
) -> None:
    dataset = lookup("dataset", kind)(count=10_000_000, **length)
    keys = {"each_step": True} if kind == "parity" else {}
    with pytest.raises(RnnkitError, match=rf"data\.dataset\.{kind}: 10,000,000 sequences of .* GB"):
        dataset.load(**keys)


def test_selective_copying_load_asks_for_the_items_in_their_order() -> None:
    train = SelectiveCopying(count=300, length=9, items=3).load().parts["train"]
    for tokens, tags in zip(train.texts, train.labels, strict=True):
        items = tuple(token for token in tokens[:9] if token != BLANK)
        assert (len(tokens), tokens[9:]) == (12, (GO,) * 3)
        assert tags == (BLANK,) * 9 + items
    places = [[token != BLANK for token in tokens[:9]] for tokens in train.texts]
    assert (np.mean(places, axis=0) > 0.2).all()  # a third of them at each step


@pytest.mark.parametrize("kind", [Copying, SelectiveCopying])
def test_load_depends_on_its_own_seed_alone(kind: type[Copying | SelectiveCopying]) -> None:
    texts = kind(count=20).load().parts["train"].texts
    assert kind(count=20).load().parts["train"].texts == texts
    assert kind(count=20, random_seed=1).load().parts["train"].texts != texts
    assert len(kind(count=100).sample().parts["train"]) < 100


@pytest.mark.parametrize(
    "dataset",
    [
        Copying(count=4000, length=5, items=2, symbols=3),
        SelectiveCopying(count=4000, length=5, items=2, symbols=3),
    ],
)
def test_known_scores_are_those_of_a_clock_that_draws(dataset: Copying | SelectiveCopying) -> None:
    chance, ceiling = dataset.known_scores()
    true = np.array(dataset.load().parts["train"].labels)
    drawn = np.random.default_rng(3).choice(["1", "2", "3"], true.shape)
    answers = np.where(np.arange(true.shape[1]) < true.shape[1] - 2, BLANK, drawn)
    hits = answers == true
    assert chance.scores["accuracy"] == pytest.approx(hits.mean(), abs=0.01)
    assert chance.scores["sentence_accuracy"] == pytest.approx(hits.all(axis=1).mean(), abs=0.02)
    assert chance.scores["loss"] == pytest.approx(2 * math.log(3) / true.shape[1])
    assert set(ceiling.scores.values()) == {1.0, 0.0}


def test_known_scores_name_a_published_one_for_its_setting_alone() -> None:
    chance, _, published = Copying(length=1000).known_scores()
    assert chance.scores["loss"] == pytest.approx(10 * math.log(8) / 1020)
    # what was reported of an LSTM is what needs no memory
    assert published.scores == {"loss": pytest.approx(chance.scores["loss"], abs=1e-4)}
    assert len(Copying(length=999).known_scores()) == 2
    assert len(Copying(length=1000, symbols=9).known_scores()) == 2


def test_selective_copying_refuses_more_items_than_steps() -> None:
    config = "task: tagging\ndata: {dataset: {selective_copying: {length: 3, items: 4}}}\n"
    with pytest.raises(RnnkitError, match=r"items.*length is 3"):
        parse_config(config + "model: {embedding: one_hot, layers: [gru: 4]}\n", "c.yaml")


def test_names_are_different() -> None:
    for symbols in (2, 1000):
        names = RecallKeys(symbols=symbols).names.tolist()
        assert len(set(names)) == symbols + 2
