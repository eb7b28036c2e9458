"""Translates regular expressions of tokenizers from Oniguruma to JavaScript."""

from __future__ import annotations

import re
from typing import NamedTuple

_SPACE = r"\p{White_Space}"  # JavaScript's own \s lacks U+0085 and has U+FEFF
_WORD = r"\p{L}\p{M}\p{Nd}\p{Pc}"
_EDGE = f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"

_EXTEND = r"[\p{Gr_Ext}\p{Mc}\u{200D}\p{Emoji_Modifier}\u{E33}\u{EB3}]"
_PREPEND = r"[\u{600}-\u{605}\u{6DD}\u{70F}\u{890}\u{891}\u{8E2}\u{D4E}\u{110BD}\u{110CD}]"
_PICTURES = rf"\p{{ExtPict}}(?:{_EXTEND}*\u{{200D}}\p{{ExtPict}})*"
_CORE = rf"(?:\p{{RI}}\p{{RI}}|{_PICTURES}|(?![\p{{Cc}}\p{{Zl}}\p{{Zp}}])[^])"
CLUSTER = rf"(?:\r\n|{_PREPEND}*{_CORE}{_EXTEND}*|[^])"
r"""`\X`, an extended grapheme cluster (UAX 29), but for Hangul: a
syllable is a letter, and letters are words.
"""

_OUTSIDE = {
    "s": _SPACE,
    "S": r"\P{White_Space}",
    "w": f"[{_WORD}]",
    "b": _EDGE,
    "d": r"\p{Nd}",
    "X": CLUSTER,
}
_INSIDE = {"s": _SPACE, "S": r"\P{White_Space}", "w": _WORD, "d": r"\p{Nd}"}
_TOKEN = re.compile(
    r"\\x\{(?P<code>[0-9A-Fa-f]+)\}|\\x(?P<byte>[0-9A-Fa-f]{2})|(?P<property>\\[pP]\{\w+\})"
    r"|\\(?P<escape>.)|(?P<literal>.)",
    re.DOTALL,
)
_BEHIND = re.compile(r"\(\?<[=!][^()]*\)")
_SET = re.compile(r"\[[^\]]*\]|\\[pP]\{\w+\}")
_CHARACTER = r"(?:[\u{10000}-\u{10FFFF}]|[\u{0}-\u{FFFF}])"
_SYNTAX = frozenset(r"^$\.*+?()[]{}|/")


class Pattern(NamedTuple):
    """A regular expression of JavaScript."""

    source: str
    flags: str


def javascript(pattern: str) -> Pattern:
    """A regular expression of Oniguruma in the syntax of JavaScript.

    Raises:
        ValueError: If JavaScript has no equivalent for a part of it.
    """
    options = re.match(r"\(\?([xi]+)\)", pattern)
    letters = options[1] if options else ""
    body = pattern[options.end() :] if options else pattern
    source = _BEHIND.sub(_backwards, _translated(body, spaced="x" in letters))
    return Pattern(source, "giu" if "i" in letters else "gu")


def _backwards(behind: re.Match[str]) -> str:
    """A lookbehind that works in WebKit, whose lookbehind finds no character of two code units in a
    set that also has characters of one: it steps back a character, and tests the set by a
    lookahead.
    """
    return _SET.sub(lambda found: f"(?={found[0]}){_CHARACTER}", behind[0])


def _translated(pattern: str, *, spaced: bool) -> str:
    parts: list[str] = []
    inside = comment = False
    for token in _TOKEN.finditer(pattern):
        literal = token["literal"]
        if comment:
            comment = literal != "\n"
        elif spaced and not inside and literal and (literal == "#" or literal.isspace()):
            comment = literal == "#"
        else:
            if literal == "[" and inside:
                raise ValueError(f"a set inside a set in {pattern!r}")
            inside = literal == "[" or (inside and literal != "]")
            parts.append(_part(token, inside=inside))
    return "".join(parts)


def _part(token: re.Match[str], *, inside: bool) -> str:
    if code := token["code"] or token["byte"]:
        return rf"\u{{{code}}}"
    if token["property"] or token["literal"]:
        return token[0]
    escape = token["escape"]
    if escape in (_INSIDE if inside else _OUTSIDE):
        return (_INSIDE if inside else _OUTSIDE)[escape]
    if escape in _SYNTAX or escape in "tnrfv123456789" or (inside and escape == "-"):
        return token[0]
    if not escape.isalnum():
        return str(escape)
    raise ValueError(f"\\{escape}")


def quoted(text: str) -> str:
    """A pattern that matches a text literally."""
    return "".join(f"\\{letter}" if letter in _SYNTAX else letter for letter in text)
