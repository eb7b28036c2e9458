"""A plain text as the tokens of a sentence."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from rnnkit.data.encode.graphemes import JOINERS, LETTER, visible

_CLITIC = r"n[’']t|[’'](?:s|m|d|re|ve|ll)"


def _pieces(letter: str, repeated: str, other: str) -> str:
    """The pattern of a token, of the pattern of a letter or digit, of a mark that is one token
    where it is repeated, and of whatever else is one.
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
    """The tokens of a plain text: white space ends a token, and marks are tokens of their own
    unless they are inside a word or a number.

    English endings are tokens as in treebanks (do n't, Merkel 's). A tokenized text stays as it is.

    Args:
        text: The text.
        graphemes: Whether combining marks and joiners belong to their word, an emoji is one token,
            and other invisible signs make none; in runs of earlier versions they do not.
    """
    if not graphemes:
        return [found[0] for found in _OF_EARLIER_RUNS.finditer(text)]
    return [token for token, _ in _splitter().pre_tokenize_str(visible(text))]


def pattern_of(*, graphemes: bool) -> str:
    """The regular expression of a token; as in `tokenize`."""
    if not graphemes:  # _OF_EARLIER_RUNS, in which \w is what Python takes for it
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
