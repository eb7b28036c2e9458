"""Words by the kernels and in plain Python are the library's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.datasets.imdb import KERAS_FILTERS
from rnnkit.data.encode.plain_words import PlainWords
from rnnkit.data.encode.tokenizer import Tokenizer, indexed
from rnnkit.data.encode.tokenizer_specs import BPE, Char, Word

ASCII = "".join(map(chr, range(128)))
TEXT = f"It's a well-known film -- <br />o'-neil 1.5 ÉA \u0130S \u03a3. {ASCII} {ASCII[::-1]}"
TOKENIZERS = {
    "separate": Word().train(TEXT, padding=True, ends=True),
    "removed": Word(punctuation="removed").train(TEXT, padding=True),
    "kept": Word(punctuation="kept", lowercase=False).train(TEXT),
    "indexed": indexed(
        ["<pad>", "<start>", "<unk>", "it", "s", "a", "éa"], KERAS_FILTERS, "<start>"
    ),
}
pieces = st.sampled_from(
    [*TEXT.split(" "), "<pad>", "<unk>", "\ud800", "\u200b", "\u00ad", "e\u0301"]
)
texts = st.lists(st.one_of(st.text(max_size=8), st.text(ASCII), pieces)).map(" ".join)


def same(tokenizer: Tokenizer, several: list[str]) -> bool:
    ids = tokenizer.encode_all(several)
    return [one.tolist() for one in ids] == [tokenizer.encode(one).tolist() for one in several]


def in_python(tokenizer: Tokenizer) -> Tokenizer:
    """The same where there are no kernels."""
    copy = Tokenizer(tokenizer._rules, " ".join)
    assert copy._plain_words is not None
    copy._plain_words._words = None
    return copy


@pytest.mark.parametrize("name", TOKENIZERS)
@given(st.lists(texts, max_size=4))
def test_encode_all_of_any_texts(name: str, several: list[str]) -> None:
    tokenizer = TOKENIZERS[name]
    assert same(tokenizer, [TEXT, *several])
    assert same(in_python(tokenizer), [TEXT, *several])


@pytest.mark.parametrize("tokenizer", [Char().train(TEXT), BPE().train(TEXT)], ids=["char", "bpe"])
def test_other_tokenizers_keep_to_the_library(tokenizer: Tokenizer) -> None:
    assert PlainWords.of(tokenizer._rules) is None
    assert same(tokenizer, [TEXT, "", "a film"])
