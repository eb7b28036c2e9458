"""Byte-pair encoding: nothing is lost, nothing is unknown, and the vocabulary is that of the
training part alone.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rnnkit.workflows.answer import Trained

from rnnkit.architecture import Architecture
from rnnkit.config import parse_config
from rnnkit.data.datasets.alice import Alice
from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.encode.tokenizer import BPE, UNKNOWN, Char, Tokenizer
from rnnkit.generation.options import Generate
from rnnkit.run import RunFolder
from rnnkit.workflows.generate import Generator

BYTES = 256
SIZE = 370

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.fixture(scope="module")
def fable() -> Tokenizer:
    return BPE(vocab_size=SIZE).train(FABLE)


def read(tokenizer: Tokenizer, text: str) -> str:
    return tokenizer.text(tokenizer.encode(text).tolist())


@settings(deadline=None)
@given(text)
@example("")
@example(" ")
@example("  two  spaces \n\n\t and\r\ntabs ")
@example("naïve café, 你好, Ελλάδα, 👩‍👩‍👧 \u0000 \ufeff \ufffd")
@example("cafe\u0301")
@example("a <unk> b")
def test_nothing_is_lost_and_nothing_is_unknown(fable: Tokenizer, text: str) -> None:
    assert read(fable, text) == unicodedata.normalize("NFC", text)
    if UNKNOWN not in text:
        assert fable.unknown(text) == []
        assert fable.unknown_id not in fable.encode(text)
        assert fable.encode_known(text).tolist() == fable.encode(text).tolist()


def test_lower_case_first_where_asked_for() -> None:
    assert read(BPE(lowercase=True).train("ABC abc"), "Été ABC") == "été abc"
    assert read(BPE().train("ABC abc"), "Été ABC") == "Été ABC"


@pytest.mark.parametrize("size", [300, 301, 350, 378])
def test_the_vocabulary_has_the_size_that_was_asked_for(size: int) -> None:
    tokenizer = BPE(vocab_size=size).train(FABLE)
    assert len(tokenizer) == size
    assert tokenizer.vocabulary[0] == UNKNOWN
    assert len(set(tokenizer.vocabulary)) == size


@pytest.mark.parametrize(("min_frequency", "merges"), [(1, ["ab", "abab"]), (2, ["ab"]), (3, [])])
def test_it_stops_where_no_pair_comes_often_enough(min_frequency: int, merges: list[str]) -> None:
    tokenizer = BPE(vocab_size=10_000, min_frequency=min_frequency).train("abab")
    assert tokenizer.vocabulary[1 + BYTES :] == merges


def test_merges_by_hand() -> None:
    """In "low low lower": first l+o (or o+w), then lo+w, then the space before it."""
    tokenizer = BPE().train("low low lower")
    assert {"low", "Ġlow"} <= set(tokenizer.vocabulary)
    assert tokenizer.tokens(tokenizer.encode("low lowest").tolist()) == [
        "low",
        "Ġlow",
        "e",
        "s",
        "t",
    ]


def test_no_token_crosses_from_one_word_to_the_next() -> None:
    tokenizer = BPE(vocab_size=600, min_frequency=1).train("of the cat of the dog of the fox " * 20)
    assert not [token for token in tokenizer.vocabulary if "Ġ" in token[1:]]


def test_ids_run_from_zero_and_are_the_same_every_time() -> None:
    first, second = (BPE(vocab_size=350).train(FABLE) for _ in range(2))
    assert first.vocabulary == second.vocabulary
    ids = first.encode(FABLE)
    assert ids.dtype == np.int32
    assert 0 < ids.min() <= ids.max() < len(first)


def test_saved_and_loaded(fable: Tokenizer, tmp_path: Path) -> None:
    fable.save(tmp_path / "tokenizer.json")
    again = BPE(vocab_size=SIZE).load(tmp_path / "tokenizer.json")
    for line in (FABLE, "Ünknown Wörds 👻", ""):
        assert again.encode(line).tolist() == fable.encode(line).tolist()
        assert read(again, line) == line
    assert again.vocabulary == fable.vocabulary


CONFIG = """\
task: {language_model: 3}
data: {dataset: {inline: TEXT}, tokenizer: {bpe: 300}, split: SPLIT}
model: {embedding: 8, layers: [gru: 8]}
"""


def data_of(text: str, split: float) -> Any:
    return parse_config(
        CONFIG.replace("TEXT", f'"{text}"').replace("SPLIT", str(split)), "c.yaml"
    ).load_data()


def test_trained_on_the_training_part_only() -> None:
    data = data_of("abcabc " * 60 + "xyzxyz " * 50, 0.5)
    assert data.codec.vocabulary == BPE(vocab_size=300).train("abcabc " * 60).vocabulary
    assert not [token for token in data.codec.vocabulary if "xy" in token]
    assert "xyzxyz" in data.codec.text(data.parts["validation"].tolist())
    assert "xyz" in "".join(data_of("abcabc " * 60 + "xyzxyz " * 50, 0).codec.vocabulary)


def test_fewer_tokens_than_characters_on_real_text(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    book = Alice().load().train
    train, rest = book[:120_000], book[120_000:]
    pieces, characters = BPE(vocab_size=1000).train(train), Char().train(train)
    assert len(pieces) == 1000
    assert len(pieces.encode(rest)) < 0.5 * len(characters.encode(rest))
    assert read(pieces, rest) == unicodedata.normalize("NFC", rest)
    larger = BPE(vocab_size=4000).train(train)
    assert len(larger.encode(rest)) < len(pieces.encode(rest))


def generator(codec: Tokenizer, rows: list[int], **options: Any) -> Generator:
    """A generator whose model always goes through `rows` of ids, whatever the seed's last token
    was.
    """
    said: list[int] = []

    def outputs(token_ids: np.ndarray) -> np.ndarray:
        logits = np.zeros((len(token_ids), len(codec)), np.float32)
        logits[:, rows[len(said) % len(rows)]] = 9
        said.append(0)
        return logits

    config = parse_config(CONFIG.replace("TEXT", "some text here").replace("SPLIT", "0"), "c.yaml")
    trained = Trained(
        RunFolder(Path("none")),
        config,
        codec,
        Architecture("none", (), "int32", ()),
        outputs,
        "numpy",
    )
    return Generator(trained, Generate(max_new_tokens=len(rows), **options), "error", print)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, SIZE - 1), min_size=1, max_size=12))
def test_whatever_tokens_come_the_pieces_join_to_the_text(
    fable: Tokenizer, rows: list[int]
) -> None:
    """Half characters included: bytes in any order are no UTF-8."""
    pieces = list(generator(fable, rows).stream("the mice looked"))
    (sample,) = generator(fable, rows).samples("the mice looked")
    assert "".join(pieces) == sample.text
    assert sample.text.startswith("the mice looked")
    assert sample.tokens == fable.tokens(rows)


def test_a_character_of_several_tokens_is_printed_whole() -> None:
    codec = BPE(vocab_size=300).train("plain words only")
    rows = codec.encode("é😀!").tolist()
    assert len(rows) == 2 + 4 + 1
    pieces = list(generator(codec, rows).stream("plain words"))
    assert pieces == ["plain words", "é", "😀", "!"]


def test_a_character_cut_off_by_the_length_is_said_as_the_sample_says_it() -> None:
    codec = BPE(vocab_size=300).train("plain words only")
    rows = codec.encode("a😀").tolist()[:-1]
    assert (
        "".join(generator(codec, rows).stream("plain words"))
        == "plain wordsa\N{REPLACEMENT CHARACTER}"
    )


@pytest.mark.parametrize("stop", ["😀", "é", "b😀", "ca"])
def test_a_stop_text_of_several_tokens_is_found(stop: str) -> None:
    codec = BPE(vocab_size=300).train("plain words only")
    rows = codec.encode("xéab😀cab").tolist()
    (sample,) = generator(codec, rows, stop=stop).samples("plain words")
    assert sample.continuation == "xéab😀cab"[: "xéab😀cab".index(stop) + len(stop)]
    assert "".join(generator(codec, rows, stop=stop).stream("plain words")) == sample.text
