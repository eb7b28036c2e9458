"""The text of a continuation, token by token."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.data.encode.tokenizer import Tokenizer

HALF_A_CHARACTER = "\N{REPLACEMENT CHARACTER}"
BYTES_OF_A_CHARACTER = 4  # at most, and each token holds at least one


class Ends:
    """Where a continuation ends before its length.

    Args:
        tokenizer: That of its tokens.
        end_token: The token that ends a text; None where a text has no end.
        stops: Texts after which it ends.
    """

    def __init__(self, tokenizer: Tokenizer, end_token: int | None, stops: Sequence[str]):
        self._tokenizer, self.end_token, self.stops = tokenizer, end_token, tuple(stops)
        self._longest = max(map(len, self.stops), default=0)

    def __call__(self, new: list[int]) -> bool:
        """Whether the last of the new tokens is its last one."""
        if new[-1] == self.end_token:
            return True
        if not self.stops:
            return False
        # The text before the last token did not hold it.
        last = new[-BYTES_OF_A_CHARACTER * self._longest - 1 :]
        text = self._tokenizer.text(last)
        return any(stop in text for stop in self.stops)


class Continuation:
    """The readable text of a prompt's continuation, in pieces as its tokens come.

    Args:
        tokenizer: That of its tokens.
        prefix: The tokens with which the text begins.
    """

    def __init__(self, tokenizer: Tokenizer, prefix: Sequence[int]):
        self._tokenizer, self._prefix = tokenizer, prefix
        self.seed = self._shown = tokenizer.text(prefix)

    def piece(self, new: Sequence[int], *, is_last: bool = False) -> str:
        """What the new tokens, all of them, add to the text since the last piece; "" while a
        character's rest is still to come, unless it is the last piece.
        """
        text = self._tokenizer.text([*self._prefix, *new])
        if text.endswith(HALF_A_CHARACTER) and not is_last:
            return ""
        piece, self._shown = text.removeprefix(self._shown), text
        return piece
