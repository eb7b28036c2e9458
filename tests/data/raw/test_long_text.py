"""Texts larger than memory: whatever the pieces, they are the whole text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rnnkit.data.encode.tokenizer import UNKNOWN
from rnnkit.data.encode.tokenizer_specs import BPE, Char, TokenizerSpec, Word
from rnnkit.data.raw import long_text
from rnnkit.data.raw.long_text import LongText, pieces_of
from rnnkit.data.raw.split import TextSplit
from rnnkit.data.read.files import read_text
from rnnkit.errors import RnnkitError
from tests.data.long_texts import MANY, SIZES, TEXTS, WHERE, joined, of, plain, written


@MANY
@given(
    TEXTS,
    SIZES,
    st.sampled_from(
        [
            "utf-8",
            "UTF8",
            "utf-8-sig",
            "latin-1",
            "cp1252",
            "shift_jis",
            "gb18030",
            "utf-16",
            "utf-16-le",
            "utf-7",
        ]
    ),
    st.booleans(),
)
@example("a\r\nb", 2, "utf-8", True)
@example("a\r", 1, "utf-8", False)
def test_pieces_join_to_the_text_in_every_encoding(
    tmp_path: Path, text: str, piece: int, encoding: str, marked: bool
) -> None:
    try:
        content = (("\ufeff" if marked and encoding != "utf-8-sig" else "") + text).encode(encoding)
    except UnicodeEncodeError:
        assume(False)
    (path,) = written(tmp_path, content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "PIECE", piece)
        if encoding.startswith("utf-16"):
            with pytest.raises(
                RnnkitError,
                match=rf"{WHERE}: a long text in {encoding.upper()}.*Save the files as UTF-8",
            ):
                LongText.of([path], WHERE, encoding)
            return
        found = joined(LongText.of([path], WHERE, encoding))
    assert found == plain(text)
    if text.strip():
        assert found == read_text(path, encoding)


@MANY
@given(st.lists(TEXTS, min_size=1, max_size=4), SIZES, st.sampled_from(["utf-8", "latin-1"]))
def test_pieces_end_each_of_several_files_with_a_line(
    tmp_path: Path, texts: list[str], piece: int, encoding: str
) -> None:
    try:
        contents = [text.encode(encoding) for text in texts]
    except UnicodeEncodeError:
        assume(False)
    *before, last = map(plain, texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "PIECE", piece)
        assert (
            joined(of(tmp_path, *contents, encoding=encoding))
            == "".join(text if text.endswith("\n") else f"{text}\n" for text in before) + last
        )


def test_pieces_drop_a_byte_order_mark_only_where_a_file_begins(tmp_path: Path) -> None:
    text = of(tmp_path, b"\xef\xbb\xbfone\n", "\ufefftwo\n\ufeffthree\n".encode())
    assert joined(text) == "one\ntwo\n\ufeffthree\n"
    second = text.between(10, len(text))  # cut in the second file, after its first line
    assert joined(second) == "\ufeffthree\n"


@MANY
@given(TEXTS, SIZES, st.integers(1, 20))
@example("aaaaaa" * 10, 1, 20)
def test_pieces_end_before_white_space_or_are_very_long(
    tmp_path: Path, text: str, piece: int, longest: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "PIECE", piece)
        patch.setattr(long_text, "LONGEST", longest)
        pieces = list(of(tmp_path, text.encode()).pieces())
        in_memory = list(pieces_of(plain(text)))
    assert "".join(pieces) == "".join(in_memory) == plain(text)
    assert all(pieces)
    assert all(in_memory) or in_memory == [""]
    for before, after in [*pairwise(pieces), *pairwise(in_memory)]:
        assert after[0] in " \n" or len(before) > longest - piece


def test_pieces_of_text_without_white_space_are_bounded(tmp_path: Path) -> None:
    size = 3 * long_text.LONGEST
    text = of(tmp_path, b"a" * size)
    for pieces in (list(text.pieces()), list(pieces_of("a" * size))):
        assert sum(map(len, pieces)) == size
        assert max(map(len, pieces)) <= long_text.LONGEST + long_text.PIECE


@MANY
@given(
    TEXTS,
    SIZES,
    st.sampled_from(
        [
            Word(),
            Word(min_frequency=2, punctuation="removed"),
            Char(vocab_size=4),
            BPE(vocab_size=300),
        ]
    ),
)
def test_train_on_pieces_gives_the_vocabulary_of_the_whole_text(
    tmp_path: Path, text: str, piece: int, spec: TokenizerSpec
) -> None:
    whole = of(tmp_path, text.encode())

    def trained(pieces: Iterable[str]) -> list[str] | str:
        try:
            made = spec.train_on(pieces, len(whole), [UNKNOWN])
        except RnnkitError as error:
            return error.got
        return made.vocabulary

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "PIECE", piece)
        assert trained(whole.pieces()) == trained(pieces_of(plain(text))) == trained([plain(text)])


SHARES = st.tuples(st.floats(0, 0.45), st.floats(0, 0.45)).map(
    lambda shares: TextSplit(validation=shares[0], test=shares[1])
)


@MANY
@given(
    st.lists(st.lists(TEXTS, min_size=4, max_size=8).map("\n".join), min_size=1, max_size=3),
    SHARES,
    SIZES,
)
def test_divide_long_text_gives_parts_in_order_that_begin_lines(
    tmp_path: Path, texts: list[str], shares: TextSplit, piece: int
) -> None:
    contents = [text.encode() for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "PIECE", piece)
        whole = of(tmp_path, *contents)
        try:
            parts = shares.divide(whole, at_space=True)
        except RnnkitError as error:
            assert error.where == "data.split"
            return
        assert "".join(map(joined, parts.values())) == joined(whole)
    assert [part for part in ("train", "validation", "test") if part in parts] == list(parts)
    assert {
        "train",
        *(part for part in ("validation", "test") if getattr(shares, part)),
    } <= parts.keys()
    first_places = np.cumsum([0, *map(len, contents)])
    longest_line = max(len(line) for content in contents for line in content.split(b"\n")) + 1
    asked = {"validation": 1 - shares.validation - shares.test, "test": 1 - shares.test}
    for name, part in parts.items():
        if name != "train":
            assert (
                part.start in first_places
                or b"".join(contents)[part.start - 1 : part.start] == b"\n"
            )
            assert -1 <= part.start - asked[name] * len(whole) <= longest_line + 1


def test_divide_long_text_splits_one_long_line_at_white_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Such as text8: a hundred megabytes without a line end.
    monkeypatch.setattr(long_text, "LONGEST", 8)
    text = of(
        tmp_path,
        b"anarchism originated as a term of abuse first used against early working class radicals",
    )
    parts = {
        name: joined(part)
        for name, part in TextSplit(validation=0.2, test=0.1).divide(text, at_space=True).items()
    }
    assert parts == {
        "train": "anarchism originated as a term of abuse first used against early ",
        "validation": "working class ",
        "test": "radicals",
    }


@pytest.mark.parametrize(
    ("validation", "test", "missing"),
    [(0.1, 0.0, "validation"), (0.2, 0.1, "validation"), (0.0, 0.1, "test")],
)
def test_divide_long_text_refuses_an_empty_part(
    tmp_path: Path, validation: float, test: float, missing: str
) -> None:
    with pytest.raises(RnnkitError) as caught:
        TextSplit(validation=validation, test=test).divide(
            of(tmp_path, b"one line only"), at_space=True
        )
    assert caught.value.where == "data.split"
    assert f"13 bytes leave the {missing} part empty" in str(caught.value)
    assert f"data.split.{missing}, or 0 for none" in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("content", "encoding", "byte"),
    [
        ("où est\n".encode("latin-1"), "utf-8", 1),
        ("\ufeffoù est ".encode() + b"\xff", "utf-8", 11),
        ("été ".encode() * 9 + b"\xc3(", "utf-8", 54),
        (b"cut off \xe2\x82", "utf-8", 8),
        (b"only ascii \xe9", "ascii", 11),
        ("漢字 ".encode("shift_jis") + b"\x81", "shift_jis", 5),
        ("漢字 ".encode("gb18030") + b"\xff ", "gb18030", 5),
    ],
)
def test_pieces_name_the_file_and_place_of_a_bad_byte(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    piece: int,
    content: bytes,
    encoding: str,
    byte: int,
) -> None:
    monkeypatch.setattr(long_text, "PIECE", piece)
    text = of(tmp_path, b"good\n", content, encoding=encoding)
    with pytest.raises(RnnkitError) as caught:
        joined(text)
    assert str(caught.value).startswith(
        f"{WHERE}: {tmp_path / '1.txt'}: byte {byte} is not {encoding.upper()}."
    )
    assert caught.value.exit_code == 2


def test_between_keeps_the_place_of_a_bad_byte_in_the_file(tmp_path: Path) -> None:
    content = b"first line\nsecond line\n\xff\n"
    with pytest.raises(RnnkitError, match="byte 23 is not UTF-8"):
        joined(of(tmp_path, content).between(15, len(content)))


@pytest.mark.parametrize("piece", [1, 4, 100])
def test_pieces_refuse_a_nul(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(long_text, "PIECE", piece)
    with pytest.raises(RnnkitError, match=r"0\.txt: byte 5 is a NUL: not UTF-8 text"):
        joined(of(tmp_path, b"first\0 second"))


@pytest.mark.parametrize("encoding", ["utf8000", "base64", "", "a\0b"])
def test_long_text_of_refuses_an_unknown_encoding(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(RnnkitError, match=r"unknown encoding .* Expected a name such as utf-8"):
        of(tmp_path, b"text", encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "cp037"])
def test_long_text_of_refuses_an_encoding_without_single_byte_line_ends(
    tmp_path: Path, encoding: str
) -> None:
    with pytest.raises(
        RnnkitError, match=rf"a long text in {encoding.upper()}, which cannot be split"
    ):
        of(tmp_path, "text".encode(encoding), encoding=encoding)


def test_long_text_reports_a_file_that_shrinks_or_disappears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_text, "PIECE", 4)
    text = of(tmp_path, b"one two three four five\n" * 1000)
    pieces = text.pieces()
    next(pieces)
    (tmp_path / "0.txt").write_bytes(b"one two three")
    with pytest.raises(RnnkitError, match=r"0\.txt has become shorter while it was read"):
        list(pieces)
    (tmp_path / "0.txt").unlink()
    for ask in (
        lambda: joined(text),
        lambda: TextSplit().divide(text, at_space=True),
        lambda: LongText.of(text.files, WHERE, "utf-8"),
    ):
        with pytest.raises(
            RnnkitError, match=rf"{WHERE}: .*0\.txt cannot be read \(No such file or directory\)"
        ):
            ask()
