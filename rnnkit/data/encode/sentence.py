"""Splits a plain sentence into tokens, as treebanks do."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from rnnkit.data.encode.graphemes import JOINERS, LETTER, visible

_CLITIC = r"n[’']t|[’'](?:s|m|d|re|ve|ll)"


def _pieces(letter: str, repeated: str, other: str) -> str:
    """The pattern of a token.

    Args:
        letter: Pattern of a letter or digit.
        repeated: Pattern of a mark whose repetitions are one token.
        other: Pattern of any other token.
    """
    return rf"""
    (?:{letter}\.){{2,}}                                  # U.S.
    | {letter}+(?=n[’']t\b)                               # do, of "don't"
    | (?:{_CLITIC})\b                                   # n't, 's
    | {letter}+(?:[.,:/@&’'_\-](?!(?:s|m|d|re|ve|ll)\b){letter}+)*   # 3.14, all-rounder, a@b.org
    | \.{{2,}} | -{{2,}} | ({repeated})\1+                 # ... -- !!
    | {other}
    """


_OF_EARLIER_RUNS = re.compile(_pieces(r"[^\W_]", r"[^\w\s]", r"\S"), re.VERBOSE | re.IGNORECASE)


def tokenize(text: str, *, graphemes: bool = True) -> list[str]:
    """Splits a text at white space and around marks, except inside words and numbers.

    English clitics are tokens as in treebanks (do n't, Merkel 's). A tokenized text is unchanged.

    Args:
        text: The text.
        graphemes: Whether combining marks and joiners belong to their word, emoji sequences are
            one token and invisible characters are ignored; False for runs of earlier versions.
    """
    if not graphemes:
        return [match[0] for match in _OF_EARLIER_RUNS.finditer(text)]
    return [token for token, _ in _splitter().pre_tokenize_str(visible(text))]


def pattern_of(*, graphemes: bool) -> str:
    """The regular expression of a token, in Oniguruma syntax; arguments as in `tokenize`."""
    if not graphemes:  # _OF_EARLIER_RUNS, with the \w of Python written out
        earlier = _pieces(r"[\p{L}\p{N}]", r"[^\p{L}\p{N}_\s]", r"\S")
        return f"(?xi){earlier}"
    letter = rf"[{LETTER}{JOINERS}]"
    mark = r"(?!\p{Extended_Pictographic}|\p{Regional_Indicator})[^\w\s]"
    other = r"(?!\s)\X"
    return f"(?xi){_pieces(letter, mark, other)}"


@cache
def _splitter() -> Any:
    from tokenizers import Regex, pre_tokenizers

    pattern = Regex(pattern_of(graphemes=True))
    return pre_tokenizers.Split(pattern, behavior="removed", invert=True)
