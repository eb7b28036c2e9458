from __future__ import annotations

import numpy as np

from rnnkit.insight.traits import traits


def test_traits_of_letters() -> None:
    found = traits(list('a "b c" (d)\n‘it’s’ e'))
    quoted = "".join(".x"[int(one)] for one in found["inside quotes"])
    assert quoted == "..xxxx......xxxxx..."
    assert found["depth of brackets"].tolist() == [0] * 8 + [1] * 2 + [0] * 10
    assert found["position in the line"].tolist() == [*range(12), *range(8)]
    assert found["position in the word"].tolist()[:5] == [0, 1, 0, 1, 2]


def test_traits_of_words() -> None:
    words = ["“", "oh", "dear", "!", "”", "said", "alice", "’", "s", "cat", "."]
    found = traits(words)
    assert found["inside quotes"].tolist() == [True] * 4 + [False] * 7
    assert found["position in the sentence"].tolist() == [0, 1, 2, 3, *range(7)]
    assert set(found) == {"inside quotes", "position in the sentence"}


def test_traits_of_a_quote_that_never_ends() -> None:
    found = traits(['"', *["a"] * 400])
    assert not found["inside quotes"][-1]


def test_traits_of_nothing() -> None:
    assert traits([]) == {}
    assert traits(["a"]) == {}
    assert all(np.isfinite(one).all() for one in traits([")", ")", "("]).values())
