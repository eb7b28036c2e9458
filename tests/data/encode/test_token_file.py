"""Token ids of texts in pieces, in memory and in a file."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rnnkit.data.batch.streams import Streams
from rnnkit.data.encode.token_file import TokenFile, encode_pieces, encode_to_file
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import BPE, Char, TokenizerSpec, Word
from rnnkit.data.raw import long_text
from rnnkit.data.raw.long_text import pieces_of
from rnnkit.errors import RnnkitError
from tests.data.long_texts import MANY, SIZES, TEXTS, of, plain


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
def test_encode_to_file_gives_the_tokens_of_the_whole_text(
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


@pytest.fixture(scope="module")
def words() -> Tokenizer:
    return Word().train("the mice had a general council")


def in_file(folder: Path, tokenizer: Tokenizer, text: str) -> TokenFile:
    folder.mkdir(exist_ok=True)
    return encode_to_file(of(folder, text.encode()), tokenizer, folder)


@settings(
    max_examples=2 * settings().max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.none() | st.integers(-30, 30), st.none() | st.integers(-30, 30))
def test_token_file_slices_like_an_array(
    tmp_path: Path, words: Tokenizer, start: int | None, end: int | None
) -> None:
    text = "the mice had a cat, a general mice council the had"
    found, expected = in_file(tmp_path, words, text), words.encode(text)
    np.testing.assert_array_equal(found[start:end], expected[start:end])
    assert found[start:end].dtype == np.int32
    assert len(found) == len(expected)


@pytest.mark.parametrize("step", [2, -1])
def test_token_file_refuses_a_slice_with_a_step(
    tmp_path: Path, words: Tokenizer, step: int
) -> None:
    with pytest.raises(ValueError, match="step of 1"):
        in_file(tmp_path, words, "the mice had")[::step]


def test_token_file_slices_are_copies(tmp_path: Path, words: Tokenizer) -> None:
    found = in_file(tmp_path, words, "the mice had")
    part = found[:]
    part[:] = 0
    assert found[:].tolist() == words.encode("the mice had").tolist()


def test_token_file_may_hold_no_tokens(tmp_path: Path, words: Tokenizer) -> None:
    found = in_file(tmp_path, words, " \n ")
    assert len(found) == 0
    assert found[:].shape == (0,)


def test_token_file_gives_the_streams_of_an_array(tmp_path: Path, words: Tokenizer) -> None:
    text = "the mice had a general council . " * 50
    ours, theirs = Streams(in_file(tmp_path, words, text), 4, 7), Streams(words.encode(text), 4, 7)
    assert (len(ours), ours.steps) == (len(theirs), theirs.steps)
    for one, other in zip(ours.in_order(), theirs.in_order(), strict=True):
        for array, expected in zip(one, other, strict=True):
            np.testing.assert_array_equal(array, expected)
            assert array.dtype == expected.dtype


def test_encode_to_file_uses_more_bytes_for_a_large_vocabulary(tmp_path: Path) -> None:
    several = " ".join(f"w{number}" for number in range(70_000))
    tokenizer = Word().train(several)
    found = in_file(tmp_path, tokenizer, several)
    assert found.dtype == np.uint32
    np.testing.assert_array_equal(found[-3:], tokenizer.encode(several)[-3:])
    assert in_file(tmp_path, Word().train("a b"), "a b").dtype == np.uint16


def test_token_file_fingerprint_differs_between_texts(tmp_path: Path, words: Tokenizer) -> None:
    prints = [
        in_file(tmp_path, words, text).fingerprint
        for text in ("the mice had", "the  mice had\n", "the mice a")
    ]
    assert prints[0] == prints[1] != prints[2]


def test_token_file_is_removed_with_its_tokens(tmp_path: Path, words: Tokenizer) -> None:
    folder = tmp_path / "cache" / "tokens"  # made where it is missing
    text = of(tmp_path, b"the mice had a general council")
    found = encode_to_file(text, words, folder)
    assert len(found) == 6
    del found
    gc.collect(1)  # pytest makes an error of a file that nobody closed
    assert list(folder.iterdir()) == []


def test_encode_to_file_leaves_nothing_of_an_unreadable_text(
    tmp_path: Path, words: Tokenizer
) -> None:
    folder = tmp_path / "tokens"
    with pytest.raises(RnnkitError, match="byte 4 is not UTF-8"):
        encode_to_file(of(tmp_path, b"the \xff"), words, folder)
    gc.collect(1)
    assert list(folder.iterdir()) == []


def test_encode_to_file_names_a_cache_that_cannot_be_written(
    tmp_path: Path, words: Tokenizer
) -> None:
    (tmp_path / "taken").write_text("a file")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(RnnkitError) as caught:
            encode_to_file(of(tmp_path, b"the mice"), words, folder)
        assert str(caught.value).startswith(f"{folder}: token ids cannot be written (")
        assert "Set RNNKIT_CACHE" in str(caught.value)
        assert caught.value.exit_code == 1


def test_encode_to_file_names_a_full_disk(words: Tokenizer, tmp_path: Path) -> None:
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
    gc.collect(1)
