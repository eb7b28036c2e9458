"""What becomes of words that the vocabulary lacks."""

from __future__ import annotations

import pytest

from rnnkit.data.encode.oov import Oov, encode_text
from rnnkit.data.encode.tokenizer_specs import Word
from rnnkit.errors import RnnkitError, at

WORDS = Word().train("the mouse and the cat")


@pytest.mark.parametrize("oov", ["error", "skip", "unk"])
def test_encode_text_keeps_known_words(oov: Oov, caplog: pytest.LogCaptureFixture) -> None:
    assert WORDS.tokens(encode_text(WORDS, "The cat", oov)) == ["the", "cat"]
    assert not caplog.messages


def test_encode_text_refuses_unknown_words() -> None:
    with pytest.raises(RnnkitError, match=r"--seed: .*'cta', 'dog'.*near 'cta': cat"), at("--seed"):
        encode_text(WORDS, "the cta dog", "error")


@pytest.mark.parametrize(
    ("oov", "tokens", "remark"),
    [("skip", ["the", "cat"], "skipped"), ("unk", ["the", "<unk>", "<unk>", "cat"], "<unk>")],
)
def test_encode_text_remarks_on_unknown_words(
    oov: Oov, tokens: list[str], remark: str, caplog: pytest.LogCaptureFixture
) -> None:
    with at("--seed"):
        assert WORDS.tokens(encode_text(WORDS, "the dog Dog cat", oov)) == tokens
    (message,) = caplog.messages
    assert message.startswith("--seed: ") and remark in message and message.endswith("'dog', 'Dog'")
