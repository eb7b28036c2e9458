"""Readable text in pieces."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import BPE, Char, TokenizerSpec, Word
from rnnkit.tasks.continuation import MOST_JOINED, Continuation, Ends

TEXT = """She said "no", and 'yes' ... (it's a \N{SNOWMAN}!) "Who? "So it's \N{PILE OF POO}.""" * 3


def tokenizer_of(spec: TokenizerSpec) -> Tokenizer:
    return spec.train(TEXT)


def pieces(tokenizer: Tokenizer, prefix: Sequence[int], new: list[int], *stops: str) -> list[str]:
    continuation = Continuation(tokenizer, prefix, stops)
    parts = [continuation.piece(new[: count + 1]) for count in range(len(new))]
    return [*parts, continuation.piece(new, is_last=True)]


@pytest.mark.parametrize("spec", [Word(), Char(), BPE(vocab_size=300)])
def test_pieces_are_the_text(spec: TokenizerSpec) -> None:
    """Also where only the last tokens are joined, in the midst of quotes and characters."""
    tokenizer, draw = tokenizer_of(spec), random.Random(0)
    for _ in range(20):
        ids = [draw.randrange(2, len(tokenizer)) for _ in range(3 * MOST_JOINED)]
        prefix, new = tokenizer.encode("so it's").tolist(), ids
        parts = pieces(tokenizer, prefix, new)
        assert tokenizer.text(prefix) + "".join(parts) == tokenizer.text([*prefix, *ids])


def test_pieces_end_before_a_stop_that_comes_in_parts() -> None:
    tokenizer = tokenizer_of(Char())
    new = tokenizer.encode("said no and so no, yes").tolist()
    assert "".join(pieces(tokenizer, [], new, "no, ", "zz")) == "said no and so "
    assert "".join(pieces(tokenizer, [], new, "no!")) == "said no and so no, yes"
    assert "".join(pieces(tokenizer, [], new[:15], "so no")) == "said no and so "


def test_ends_at_the_end_token_and_after_any_stop() -> None:
    tokenizer = tokenizer_of(Char())
    ids = tokenizer.encode("abc no").tolist()
    assert not Ends(tokenizer, None, ())(ids)
    assert Ends(tokenizer, ids[-1], ())(ids)
    assert Ends(tokenizer, None, ("zz", "no"))(ids)
