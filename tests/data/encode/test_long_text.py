"""Texts larger than memory: whatever the pieces, the text and its tokens are those of the whole."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from rnnkit.data.batch.streams import Streams
from rnnkit.data.encode import long_text
from rnnkit.data.encode.long_text import (
    LongText,
    TokenFile,
    encode_pieces,
    encode_to_file,
    pieces_of,
)
from rnnkit.data.encode.tokenizer import BPE, UNKNOWN, Char, Tokenizer, TokenizerSpec, Word
from rnnkit.data.raw.split import Split
from rnnkit.data.read.files import read_text
from rnnkit.errors import RnnkitError

WHERE = "data.dataset.text.path"
# Two, three and four bytes in UTF-8, a letter with a mark of its own, and every line end.
ALPHABET = [
    "a",
    "b",
    "B",
    ".",
    "é",
    "e\u0301",
    "—",
    "\U0001d11e",
    "'s",
    " ",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u00a0",
    "\u2028",
]
TEXTS = st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=80).map("".join)
SIZES = st.sampled_from([1, 2, 3, 5, 8, 64])
MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def written(folder: Path, *contents: bytes) -> list[Path]:
    paths = [folder / f"{number}.txt" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def of(folder: Path, *contents: bytes, encoding: str = "utf-8") -> LongText:
    return LongText.of(written(folder, *contents), WHERE, encoding)


def joined(text: LongText) -> str:
    return "".join(text.pieces())


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


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
def test_the_pieces_are_the_text_in_every_encoding(
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
def test_several_files_are_read_end_to_end_and_each_ends_a_line(
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


def test_a_byte_order_mark_belongs_to_the_beginning_of_a_file_only(tmp_path: Path) -> None:
    text = of(tmp_path, b"\xef\xbb\xbfone\n", "\ufefftwo\n\ufeffthree\n".encode())
    assert joined(text) == "one\ntwo\n\ufeffthree\n"
    second = text.between(10, len(text))  # cut in the second file, after its first line
    assert joined(second) == "\ufeffthree\n"


@MANY
@given(TEXTS, SIZES, st.integers(1, 20))
@example("aaaaaa" * 10, 1, 20)
def test_a_piece_ends_before_white_space_or_is_very_long(
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


def test_text_without_white_space_does_not_pile_up(tmp_path: Path) -> None:
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
            Word(punctuation="kept", lowercase=False),
            Word(punctuation="removed"),
            Char(),
            BPE(vocab_size=300),
        ]
    ),
)
@example("it 's a \n\n  b", 1, BPE(vocab_size=300))
def test_the_tokens_are_those_of_the_whole_text(
    tmp_path: Path, text: str, piece: int, spec: TokenizerSpec
) -> None:
    """As of the text with plain line ends, which is how read_text gives it: a character model never
    sees a CR.
    """
    tokenizer = spec.train("a b a's B é — 's \n. b a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "PIECE", piece)
        found = encode_to_file(of(tmp_path, text.encode()), tokenizer, tmp_path)
        in_memory = np.concatenate(list(encode_pieces(pieces_of(plain(text)), tokenizer)))
    expected = tokenizer.encode(plain(text))
    np.testing.assert_array_equal(in_memory, expected)
    np.testing.assert_array_equal(found[:], expected)
    assert len(found) == len(expected)
    assert found.unknown == (expected == tokenizer.unknown_id).sum()


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
def test_the_vocabulary_is_that_of_the_whole_text(
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
    lambda shares: Split(validation=shares[0], test=shares[1])
)


@MANY
@given(
    st.lists(st.lists(TEXTS, min_size=4, max_size=8).map("\n".join), min_size=1, max_size=3),
    SHARES,
    SIZES,
)
def test_the_parts_in_order_are_the_whole_text_and_begin_lines(
    tmp_path: Path, texts: list[str], shares: Split, piece: int
) -> None:
    contents = [text.encode() for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "PIECE", piece)
        whole = of(tmp_path, *contents)
        try:
            parts = whole.split(shares, True)
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


def test_a_text_that_is_one_long_line_is_cut_at_white_space(
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
        for name, part in text.split(Split(validation=0.2, test=0.1), True).items()
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
def test_a_part_without_text_is_an_error_that_says_what_to_change(
    tmp_path: Path, validation: float, test: float, missing: str
) -> None:
    with pytest.raises(RnnkitError) as caught:
        of(tmp_path, b"one line only").split(Split(validation=validation, test=test), True)
    assert caught.value.where == "data.split"
    assert f"of 13 bytes leave the {missing} part without text" in str(caught.value)
    assert f"data.split.{missing}: 0 for none" in str(caught.value)
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
def test_a_bad_byte_is_named_with_its_file_and_place(
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
        f"{WHERE}: {tmp_path / '1.txt'}: byte {byte} is not {encoding.upper()}. Save the file as"
        " UTF-8"
    )
    assert caught.value.exit_code == 2


def test_a_bad_byte_in_a_later_part_has_its_place_in_the_file(tmp_path: Path) -> None:
    content = b"first line\nsecond line\n\xff\n"
    with pytest.raises(RnnkitError, match="byte 23 is not UTF-8"):
        joined(of(tmp_path, content).between(15, len(content)))


@pytest.mark.parametrize("piece", [1, 4, 100])
def test_a_nul_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(long_text, "PIECE", piece)
    with pytest.raises(RnnkitError, match=r"0\.txt: byte 5 is a NUL: not UTF-8 text"):
        joined(of(tmp_path, b"first\0 second"))


@pytest.mark.parametrize("encoding", ["utf8000", "base64", "", "a\0b"])
def test_an_unknown_encoding(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(RnnkitError, match=r"unknown encoding .* Expected a name such as utf-8"):
        of(tmp_path, b"text", encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "cp037"])
def test_an_encoding_whose_line_ends_are_no_single_bytes(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(
        RnnkitError, match=rf"a long text in {encoding.upper()}, which cannot be cut"
    ):
        of(tmp_path, "text".encode(encoding), encoding=encoding)


def test_a_file_that_is_gone_or_shrinks_while_it_is_read(
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
        lambda: text.split(Split(), True),
        lambda: LongText.of(text.files, WHERE, "utf-8"),
    ):
        with pytest.raises(
            RnnkitError, match=rf"{WHERE}: .*0\.txt cannot be read \(No such file or directory\)"
        ):
            ask()


@pytest.fixture(scope="module")
def words() -> Tokenizer:
    return Word().train("the mice had a general council")


def in_file(folder: Path, tokenizer: Tokenizer, text: str) -> TokenFile:
    folder.mkdir(exist_ok=True)
    return encode_to_file(of(folder, text.encode()), tokenizer, folder)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.none() | st.integers(-30, 30), st.none() | st.integers(-30, 30))
def test_slices_are_those_of_an_array(
    tmp_path: Path, words: Tokenizer, start: int | None, end: int | None
) -> None:
    text = "the mice had a cat, a general mice council the had"
    found, expected = in_file(tmp_path, words, text), words.encode(text)
    np.testing.assert_array_equal(found[start:end], expected[start:end])
    assert found[start:end].dtype == np.int32
    assert len(found) == len(expected)


@pytest.mark.parametrize("step", [2, -1])
def test_a_slice_with_a_step_is_refused(tmp_path: Path, words: Tokenizer, step: int) -> None:
    with pytest.raises(ValueError, match="every token"):
        in_file(tmp_path, words, "the mice had")[::step]


def test_a_slice_is_a_copy(tmp_path: Path, words: Tokenizer) -> None:
    found = in_file(tmp_path, words, "the mice had")
    part = found[:]
    part[:] = 0
    assert found[:].tolist() == words.encode("the mice had").tolist()


def test_no_tokens_at_all(tmp_path: Path, words: Tokenizer) -> None:
    found = in_file(tmp_path, words, " \n ")
    assert len(found) == 0
    assert found[:].shape == (0,)


def test_streams_of_a_file_are_those_of_an_array(tmp_path: Path, words: Tokenizer) -> None:
    text = "the mice had a general council . " * 50
    ours, theirs = Streams(in_file(tmp_path, words, text), 4, 7), Streams(words.encode(text), 4, 7)
    assert (len(ours), ours.steps) == (len(theirs), theirs.steps)
    for one, other in zip(ours.in_order(), theirs.in_order(), strict=True):
        for array, expected in zip(one, other, strict=True):
            np.testing.assert_array_equal(array, expected)
            assert array.dtype == expected.dtype


def test_a_large_vocabulary_needs_more_bytes(tmp_path: Path) -> None:
    several = " ".join(f"w{number}" for number in range(70_000))
    tokenizer = Word().train(several)
    found = in_file(tmp_path, tokenizer, several)
    assert found.dtype == np.uint32
    np.testing.assert_array_equal(found[-3:], tokenizer.encode(several)[-3:])
    assert in_file(tmp_path, Word().train("a b"), "a b").dtype == np.uint16


def test_the_fingerprint_tells_texts_apart(tmp_path: Path, words: Tokenizer) -> None:
    prints = [
        in_file(tmp_path, words, text).fingerprint
        for text in ("the mice had", "the  mice had\n", "the mice a")
    ]
    assert prints[0] == prints[1] != prints[2]


def test_the_file_of_tokens_is_gone_with_them(tmp_path: Path, words: Tokenizer) -> None:
    folder = tmp_path / "cache" / "tokens"  # made where it is missing
    text = of(tmp_path, b"the mice had a general council")
    found = encode_to_file(text, words, folder)
    assert len(found) == 6
    del found
    gc.collect()  # pytest makes an error of a file that nobody closed
    assert list(folder.iterdir()) == []


def test_nothing_stays_where_the_text_cannot_be_read(tmp_path: Path, words: Tokenizer) -> None:
    folder = tmp_path / "tokens"
    with pytest.raises(RnnkitError, match="byte 4 is not UTF-8"):
        encode_to_file(of(tmp_path, b"the \xff"), words, folder)
    gc.collect()
    assert list(folder.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, words: Tokenizer) -> None:
    (tmp_path / "taken").write_text("a file")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(RnnkitError) as caught:
            encode_to_file(of(tmp_path, b"the mice"), words, folder)
        assert str(caught.value).startswith(f"{folder}: token ids cannot be written (")
        assert "Set RNNKIT_CACHE" in str(caught.value)
        assert caught.value.exit_code == 1


def test_a_full_disk_is_said(words: Tokenizer, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    text = of(tmp_path, b"the mice had a general council\n" * 20_000)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        with pytest.raises(
            RnnkitError, match=r"tokens: token ids cannot be written \(File too large\)"
        ):
            encode_to_file(text, words, tmp_path / "tokens")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    gc.collect()
