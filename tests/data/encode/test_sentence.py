"""Plain texts to tokens."""

from __future__ import annotations

import pytest

from rnnkit.data.encode.sentence import tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Angela Merkel visited Paris", "Angela Merkel visited Paris"),
        ("Angela Merkel's aunt, 45, didn't go.", "Angela Merkel 's aunt , 45 , did n't go ."),
        ("He can't; I’ll see (now)!!", "He ca n't ; I ’ll see ( now ) !!"),
        (
            "The U.S. all-rounder paid $3.14, i.e. 1,000%...",
            "The U.S. all-rounder paid $ 3.14 , i.e. 1,000 % ...",
        ),
        ("a@b.org and/or x_y -- 'quoted'", "a@b.org and/or x_y -- ' quoted '"),
        ("Ünïcode\tÉtat d’été 東京。", "Ünïcode État d’été 東京 。"),
        ("  \n", ""),
    ],
)
def test_tokenize_splits_a_plain_text(text: str, tokens: str) -> None:
    assert tokenize(text) == tokens.split()
    assert tokenize(tokens) == tokens.split()  # what is cut already stays as it is
