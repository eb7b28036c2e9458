"""Cleaning rules for raw text from the web, applied before tokenization."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Literal

Rule = Literal["html", "links", "mentions", "numbers", "repeats"]

_TAG = re.compile(r"<(?:[a-zA-Z/!][^<>]*)>")
_LINK = re.compile(r"(?:https?://|(?<!\w)www\.)\S+", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@\w+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_REPEAT = re.compile(r"(\w)\1{2,}")

RULES: dict[str, Callable[[str], str]] = {
    "html": lambda text: html.unescape(_TAG.sub(" ", text)),
    "links": lambda text: _LINK.sub(" httplink ", text),
    "mentions": lambda text: _MENTION.sub(" usermention ", text),
    "numbers": lambda text: _NUMBER.sub("0", text),
    "repeats": lambda text: _REPEAT.sub(r"\1\1\1", text),
}
"""In the order in which they are applied:

html: tags become a space, and entities their characters ("&amp;" is "&");
links: http://..., https://... and www.... become the word "httplink";
mentions: @somebody becomes the word "usermention";
numbers: 1, 23 and 4.5 become "0";
repeats: "sooooo" becomes "sooo".
"""


def clean(text: str, rules: Sequence[str]) -> str:
    """Applies the rules with these names."""
    for name, rule in RULES.items():
        if name in rules:
            text = rule(text)
    return text
