"""The text of a continuation as its tokens arrive."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.data.encode.tokenizer import Tokenizer

HALF_A_CHARACTER = "\N{REPLACEMENT CHARACTER}"
BYTES_OF_A_CHARACTER = 4  # at most; each token has at least one byte
MOST_JOINED, STILL_JOINED = 128, 32
PAIRED = "\"'"  # an open quote decides the spaces after it


class Ends:
    """Decides whether a continuation ends before its maximum length.

    Args:
        tokenizer: The tokenizer of its tokens.
        end_token: The token that ends a text; None if texts have no end.
        stops: Texts after which it ends.
    """

    def __init__(self, tokenizer: Tokenizer, end_token: int | None, stops: Sequence[str]):
        self._tokenizer, self.end_token, self.stops = tokenizer, end_token, tuple(stops)
        self._longest = max(map(len, self.stops), default=0)

    def __call__(self, new: list[int]) -> bool:
        """Whether the continuation ends with the last of the new tokens."""
        if new[-1] == self.end_token:
            return True
        if not self.stops:
            return False
        # Only the end is searched: the text before the last token has no stop.
        last = new[-BYTES_OF_A_CHARACTER * self._longest - 1 :]
        text = self._tokenizer.text(last)
        return any(stop in text for stop in self.stops)


class Continuation:
    """The readable text of a prompt's continuation, in pieces as its tokens arrive.

    Args:
        tokenizer: The tokenizer of its tokens.
        prefix: The tokens with which the text begins.
        stops: Texts before which it ends.
    """

    def __init__(self, tokenizer: Tokenizer, prefix: Sequence[int], stops: Sequence[str] = ()):
        self._tokenizer, self._prefix, self._stops = tokenizer, list(prefix), stops
        self.seed = tokenizer.text(prefix)
        self._shown = len(self.seed)  # characters
        self._from, self._before = 0, 0  # the first token that is decoded, the characters before it

    def piece(self, new: Sequence[int], *, is_last: bool = False) -> str:
        """The text that the new tokens, given from the first on, add since the last piece; ""
        while the rest of a character, or of a stop, may still arrive, unless it is the last piece.
        """
        joined = self._tokenizer.text(self._after(new, self._from))
        if joined.endswith(HALF_A_CHARACTER) and not is_last:
            return ""
        piece = joined[self._shown - self._before :]
        ends = [place for stop in self._stops if (place := piece.find(stop)) >= 0]
        if ends:
            piece = piece[: min(ends)]
        elif not is_last:
            piece = piece[: len(piece) - self._begun_stop(piece)]
        self._shown += len(piece)
        self._forget(new, joined)
        return piece

    def _after(self, new: Sequence[int], first: int) -> list[int]:
        """The tokens of the text from `first` on."""
        old = len(self._prefix)
        return [*self._prefix[first:], *new] if first < old else list(new[first - old :])

    def _forget(self, new: Sequence[int], joined: str) -> None:
        """Decodes fewer tokens for the next piece, if that gives the same text, so that a piece
        takes no longer in a long text than in a short one.
        """
        tokens = len(self._prefix) + len(new)
        if tokens - self._from < MOST_JOINED:
            return
        after = self._after(new, self._from)
        dropped = self._tokenizer.tokens(after[:-STILL_JOINED])
        rest = self._tokenizer.text(after[-STILL_JOINED:])
        is_paired = all(dropped.count(mark) % 2 == 0 for mark in PAIRED)
        before = self._before + len(joined) - len(rest)
        if joined.endswith(rest) and is_paired and before <= self._shown:
            self._from, self._before = tokens - STILL_JOINED, before

    def _begun_stop(self, text: str) -> int:
        """The length of the longest end of a text that begins a stop."""
        lengths = (
            length
            for stop in self._stops
            for length in range(1, min(len(stop), len(text) + 1))
            if text.endswith(stop[:length])
        )
        return max(lengths, default=0)
