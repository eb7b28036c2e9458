"""Nested brackets: every tag by another way than the generator's, and the shares that are known."""

from __future__ import annotations

import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.brackets import PAIRS, Brackets
from rnnkit.errors import RnnkitError


def closing(tokens: tuple[str, ...]) -> str:
    """What closes the innermost open bracket, by cancelling pairs until none is left."""
    text = "".join(tokens)
    while any(pair in text for pair in PAIRS):
        for pair in PAIRS:
            text = text.replace(pair, "")
    return {pair[0]: pair[1] for pair in PAIRS}[text[-1]] if text else "none"


def depths(tokens: tuple[str, ...]) -> list[int]:
    """How many are open after each step."""
    opening = [1 if any(token == pair[0] for pair in PAIRS) else -1 for token in tokens]
    return [sum(opening[: step + 1]) for step in range(len(tokens))]


@pytest.mark.parametrize(("kinds", "max_depth"), [(1, 3), (2, 2), (4, 10)])
def test_load_tags_what_closes_next(kinds: int, max_depth: int) -> None:
    dataset = Brackets(count=100, length=16, kinds=kinds, max_depth=max_depth)
    train = dataset.load().parts["train"]
    for tokens, tags in zip(train.texts, train.labels, strict=True):
        assert [closing(tokens[: step + 1]) for step in range(16)] == list(tags)
        assert tags[-1] == "none"  # balanced
        assert max(depths(tokens)) <= max_depth
    seen = {token for tokens in train.texts for token in tokens}
    assert seen == {bracket for pair in PAIRS[:kinds] for bracket in pair}


def test_load_depends_on_its_own_seed_alone() -> None:
    texts = Brackets(count=20).load().parts["train"].texts
    assert Brackets(count=20).load().parts["train"].texts == texts
    assert Brackets(count=20, random_seed=1).load().parts["train"].texts != texts


@pytest.mark.parametrize(
    ("length", "kinds", "max_depth"), [(2, 2, 5), (10, 1, 3), (12, 2, 2), (30, 3, 5), (30, 2, 1)]
)
def test_known_scores_are_the_shares_of_what_is_drawn(
    length: int, kinds: int, max_depth: int
) -> None:
    dataset = Brackets(count=1500, length=length, kinds=kinds, max_depth=max_depth)
    chance, _ = dataset.known_scores()
    train = dataset.load().parts["train"]
    closed = [
        (depth, token, tag)
        for tokens, tags in zip(train.texts, train.labels, strict=True)
        for depth, token, tag in zip(depths(tokens), tokens, tags, strict=True)
        if any(token == pair[1] for pair in PAIRS)
    ]
    outermost = sum(depth == 0 for depth, *_ in closed) / len(closed)
    kind = sum(tag == PAIRS[0][1] for *_, tag in closed) / len(closed)
    assert chance.scores["accuracy"] == pytest.approx((1 + max(outermost, kind)) / 2, abs=0.015)
    counting = float(chance.note.split()[-1])
    assert counting == pytest.approx((1 + outermost + (1 - outermost) / kinds) / 2, abs=0.015)


@pytest.mark.parametrize(
    ("settings", "wrong"), [("length: 7", "even number"), ("kinds: 1, max_depth: 1", "max_depth")]
)
def test_refuses_what_cannot_be_drawn(settings: str, wrong: str) -> None:
    config = f"task: tagging\ndata: {{dataset: {{brackets: {{{settings}}}}}}}\n"
    with pytest.raises(RnnkitError, match=wrong):
        parse_config(config + "model: {embedding: 4, layers: [gru: 4]}\n", "c.yaml")
