"""Token ids from the cache are those that the tokenizer gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rnnkit.cache import Cache
from rnnkit.computations import ComputedResults, Work
from rnnkit.data.encode.cached import encode_cached, train_cached
from rnnkit.data.encode.tokenizer_specs import BPE, Char, Word

TEXTS = ["the cat sat", "", "a \ud800 caf\u00e9", "the end " * 20_000]


def test_encode_cached_equals_encode_all_the_first_and_the_second_time(
    tmp_path: Path,
) -> None:
    computed = ComputedResults(Cache(tmp_path), worth_seconds=0)
    tokenizer = Word().train(*TEXTS[:2])
    expected = tokenizer.encode_all(TEXTS)
    for _ in range(2):
        encoded = encode_cached(tokenizer, TEXTS, computed)
        np.testing.assert_array_equal(encoded.flat, expected.flat)
        np.testing.assert_array_equal(encoded.lengths, expected.lengths)
        assert encoded.flat.dtype == expected.flat.dtype
        assert computed.cache.size()[0] == 1


def test_encode_cached_depends_on_texts_their_borders_vocabulary_and_rules() -> None:
    plain, lower = Word().train("a b"), Word(lowercase=False).train("a b")
    other, characters = Word().train("a c"), Char().train("a b")
    texts = [["ab", "c"], ["a", "bc"], ["abc"], ["ab", "C"], ["ab", "c", ""]]
    keys = {
        Work("encode", {"tokenizer": tokenizer, "texts": each}).key
        for tokenizer in (plain, lower, other, characters)
        for each in texts
    }
    assert len(keys) == 4 * len(texts)


def test_train_cached_equals_train_the_first_and_the_second_time(tmp_path: Path) -> None:
    computed = ComputedResults(Cache(tmp_path), worth_seconds=0)
    for spec in (BPE(vocab_size=300), Word()):
        expected = spec.train(*TEXTS, ends=True)
        for _ in range(2):
            trained = train_cached(spec, TEXTS, ends=True, computed=computed)
            assert trained.fingerprint == expected.fingerprint
            assert trained.text(trained.encode("the cat sat")) == "the cat sat"
    assert computed.cache.size()[0] == 2


def test_train_cached_never_caches_user_defined_tokenizers(tmp_path: Path) -> None:
    class Own(Word):
        """Whose code may change."""

    computed = ComputedResults(Cache(tmp_path), worth_seconds=0)
    assert len(train_cached(Own(), TEXTS, computed=computed)) == len(Own().train(*TEXTS))
    assert computed.cache.size()[0] == 0
