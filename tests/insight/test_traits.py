from __future__ import annotations

import numpy as np

from rnnkit.insight.traits import traits


def test_traits_of_letters() -> None:
    by_name = traits(list('a "b c" (d)\n‘it’s’ e'))
    quoted = "".join(".x"[int(flag)] for flag in by_name["inside quotes"])
    assert quoted == "..xxxx......xxxxx..."
    assert by_name["depth of brackets"].tolist() == [0] * 8 + [1] * 2 + [0] * 10
    assert by_name["position in the line"].tolist() == [*range(12), *range(8)]
    assert by_name["position in the word"].tolist()[:5] == [0, 1, 0, 1, 2]


def test_traits_of_words() -> None:
    words = ["“", "oh", "dear", "!", "”", "said", "alice", "’", "s", "cat", "."]
    by_name = traits(words)
    assert by_name["inside quotes"].tolist() == [True] * 4 + [False] * 7
    assert by_name["position in the sentence"].tolist() == [0, 1, 2, 3, *range(7)]
    assert set(by_name) == {"inside quotes", "position in the sentence"}


def test_traits_of_a_quote_that_never_ends() -> None:
    by_name = traits(['"', *["a"] * 400])
    assert not by_name["inside quotes"][-1]


def test_traits_of_nothing() -> None:
    assert traits([]) == {}
    assert traits(["a"]) == {}
    assert all(np.isfinite(values).all() for values in traits([")", ")", "("]).values())
