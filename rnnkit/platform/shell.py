"""Quoting for the shells of this system: POSIX shells, or cmd and PowerShell."""

from __future__ import annotations

import re
import shlex

from rnnkit.platform import system

_PLAIN = re.compile(r"[\w+=:./\\-]+", re.ASCII)


def quote(word: str) -> str:
    """A word quoted for a suggested command. On Windows double quotes work in cmd and PowerShell;
    backslashes before one, or at the end, are doubled.
    """
    if not system.is_windows():
        return shlex.quote(word)
    if _PLAIN.fullmatch(word):
        return word
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', word)
    return '"' + re.sub(r"(\\+)$", r"\1\1", escaped) + '"'


def split(text: str) -> list[str]:
    """The words of a command; on Windows a backslash only escapes a quote."""
    if not system.is_windows():
        return shlex.split(text)
    words = shlex.shlex(re.sub(r'\\(\\*)"', _unescaped, text), posix=True, punctuation_chars="")
    words.whitespace_split, words.escape, words.commenters = True, "", ""
    return [word.replace(_QUOTE, '"') for word in words]


_QUOTE = "\0"


def _unescaped(match: re.Match[str]) -> str:
    backslashes = len(match[0]) - 1
    return "\\" * (backslashes // 2) + (_QUOTE if backslashes % 2 else '"')
