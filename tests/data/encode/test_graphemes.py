"""Joiners, emoji and invisible signs: in a tokenizer's words, a tagger's tokens, and in runs from
before there were rules for them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnkit.data.encode.codecs import WordCodec
from rnnkit.data.encode.graphemes import visible
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.sentence import tokenize
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import BPE, Char, Word
from rnnkit.data.encode.words import WordsSpec

FAMILY, FLAG, SKIN, HEART = "👨‍👩‍👧", "🇩🇪", "👍🏽", "❤️"
ENGLAND, KEYCAP = "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "#️⃣"

TEXTS = [
    ("او می\u200cخواهد کتاب\u200cها", ["او", "می\u200cخواهد", "کتاب\u200cها"]),
    ("می\u200c\u200cخواند\u200c \u200c را", ["می\u200cخواند", "را"]),
    ("क्\u200dया हूँ", ["क्\u200dया", "हूँ"]),
    ("അവന്\u200d വന്നു", ["അവന്\u200d", "വന്നു"]),
    ("inter\u00adesting word\u2060joined", ["interesting", "wordjoined"]),
    ("\ufeffcat\ufeff \u200eon\u200f \u200d \ufe0f \u2060", ["cat", "on"]),
    ("ไป\u200bเที่ยว sat\u200b \u200b on", ["ไป", "เที่ยว", "sat", "on"]),
    (f"{HEART} {FAMILY}{FLAG}{FLAG} ok{SKIN}{SKIN} {ENGLAND} {KEYCAP}",
     [HEART, FAMILY, FLAG, FLAG, "ok", SKIN, SKIN, ENGLAND, KEYCAP]),
]  # fmt: skip


def tokens(tokenizer: Tokenizer, text: str) -> list[str]:
    return tokenizer.tokens(tokenizer.encode(text).tolist())


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_words_and_sentences_have_no_invisible_tokens(text: str, expected: list[str]) -> None:
    tokenizer = Word().train(text)
    assert tokens(tokenizer, text) == expected
    assert tokenize(text) == expected
    assert tokens(tokenizer, tokenizer.text(tokenizer.encode(text).tolist())) == expected
    assert tokenizer.encode_with_pieces([text])[1] == expected
    assert tokenizer.unknown(text) == []
    kept = Word(punctuation="kept")
    assert "".join(tokens(kept.train(text), text)) == "".join(expected)


def test_word_without_punctuation_leaves_nothing_of_an_emoji() -> None:
    text = f"I {HEART} it {FAMILY} {KEYCAP}{ENGLAND} 1\ufe0f\u20e3"
    assert tokens(Word(punctuation="removed").train(text), text) == ["i", "it", "1\ufe0f\u20e3"]


@pytest.mark.parametrize("spec", [Char(), BPE(vocab_size=300)])
def test_lossless_tokenizers_keep_every_sign(spec: Char | BPE) -> None:
    for text, _ in TEXTS:
        tokenizer = spec.train(text)
        assert tokenizer.text(tokenizer.encode(text).tolist()) == text


def test_tokens_of_a_tagger_are_looked_up_without_invisible_signs() -> None:
    tokenizer = WordsSpec().train("interesting", "می\u200cخواهد", padding=True)
    codec = WordCodec(tokenizer, Labels(("a", "b"), (1, 1), 2), None)
    ids = codec.encode(
        [["inter\u00adesting", "می\u200cخواهد\u200c", "inter\u200besting", "\u2060"]]
    )
    known = codec.encode([["interesting", "می\u200cخواهد", "interesting"]]).flat.tolist()
    assert ids.flat.tolist() == [*known, tokenizer.unknown_id]
    assert tokenizer.unknown_id not in known


def test_tokenizer_of_an_earlier_run_reads_as_it_was_trained(tmp_path: Path) -> None:
    """Its rules are in tokenizer.json."""
    Word().train("می inter a").save(tmp_path / "tokenizer.json")
    saved = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    word = r"[\p{L}\p{N}\p{M}]+(?:['’\-][\p{L}\p{N}\p{M}]+)*"
    saved["normalizer"]["normalizers"] = [{"type": "Lowercase"}, {"type": "NFC"}]
    saved["pre_tokenizer"]["pattern"] = {"Regex": rf"{word}|[^\s\p{{L}}\p{{N}}\p{{M}}]"}
    (tmp_path / "tokenizer.json").write_text(json.dumps(saved), encoding="utf-8")
    tokenizer = Word().load(tmp_path / "tokenizer.json")
    assert not tokenizer.hides_invisible
    assert tokenizer.encode_with_pieces(["می\u200ca inter\u00adesting"])[1] == [
        *("می", "\u200c", "a"),
        *("inter", "\u00ad", "esting"),
    ]
    assert tokenize("a\u00adb 👍👍", graphemes=False) == ["a", "\u00ad", "b", "👍👍"]


def test_visible_keeps_bytes_that_are_not_utf8() -> None:
    assert visible("a\u00ad\udcff\u2060b") == "a\udcffb"
