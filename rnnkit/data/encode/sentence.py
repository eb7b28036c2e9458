"""A plain text as the tokens of a sentence."""

from __future__ import annotations

import re

_CLITIC = r"n[’']t|[’'](?:s|m|d|re|ve|ll)"
_PIECES = re.compile(
    rf"""
    (?:[^\W_]\.){{2,}}                                  # U.S.
    | [^\W_]+(?=n[’']t\b)                               # do, of "don't"
    | (?:{_CLITIC})\b                                   # n't, 's
    | [^\W_]+(?:[.,:/@&’'_\-](?!(?:s|m|d|re|ve|ll)\b)[^\W_]+)*   # words and numbers: 3.14, all-rounder, a@b.org
    | \.{{2,}} | -{{2,}} | ([^\w\s])\1+                 # ... -- !!
    | \S
    """,  # noqa: E501
    re.VERBOSE | re.IGNORECASE,
)


def tokenize(text: str) -> list[str]:
    """The tokens of a plain text: white space ends a token, and marks are tokens of their own
    unless they are inside a word or a number.

    English endings are tokens as in treebanks (do n't, Merkel 's). A tokenized text stays as it is.
    """
    return [found[0] for found in _PIECES.finditer(text)]
