"""What is read of signs that are not seen: joiners belong to their word, emoji of several signs are
one token, and other invisible signs make none.

Rules are in the syntax of the `tokenizers` library (Oniguruma): a run's tokenizer.json keeps them,
so that a run from before they were there answers as it was trained.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

LETTER = r"\p{L}\p{N}\p{M}"

JOINERS = r"\x{200C}\x{200D}"
"""Zero-width non-joiner and joiner: inside words of Persian, Hindi, Malayalam and others."""

WORD = rf"[{LETTER}]+(?:(?:['’\-]|[{JOINERS}]+)[{LETTER}]+)*\x{{200D}}?"
"""A word; an apostrophe, a hyphen or a joiner inside it belongs to it."""

MARK = rf"(?![\s{LETTER}])\X"
"""A mark or an emoji with all its signs (UAX 29: an extended grapheme cluster): flags, families,
skin tones.
"""

WORD_BREAK = "\u200b"
"""The zero-width space, which ends a word (UAX 29), as in Khmer and Thai."""

_TAG = r"\x{E0020}-\x{E007F}"  # ends the flag of a region
_SELECTOR = r"\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}"
_JOINED = rf"{LETTER}\p{{Extended_Pictographic}}\p{{Emoji_Modifier}}{_TAG}"
_SIGNS = "|".join(
    [
        # soft hyphens, word joiners, byte order marks, marks of direction and the like
        r"[\x{AD}\x{34F}\x{61C}\x{180E}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}]",
        r"[\x{2066}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFB}]",
        # joiners, tags and variation selectors that have nothing before them to belong to
        rf"[{JOINERS}](?<![{_JOINED}][{JOINERS}])",
        rf"\x{{200C}}(?!\x{{200C}}*[{LETTER}\x{{200D}}])",
        rf"[{_TAG}](?<![\p{{Extended_Pictographic}}{_TAG}][{_TAG}])",
        rf"[{_SELECTOR}](?<!\S[{_SELECTOR}])",
    ]
)
INVISIBLE = rf"(?=[\x{{80}}-\x{{10FFFF}}])(?:{_SIGNS})"  # ASCII is passed over quickly


_SURROGATES = re.compile("([\ud800-\udfff])")


def visible_rules(word_break: str) -> list[Any]:
    """Normalizers of the `tokenizers` library that take invisible signs out of a text.

    Args:
        word_break: What a zero-width space becomes.
    """
    from tokenizers import Regex, normalizers

    return [
        normalizers.Replace(WORD_BREAK, word_break),
        normalizers.Replace(Regex(INVISIBLE), ""),
    ]


def visible(text: str, word_break: str = " ") -> str:
    """A text without invisible signs, as `visible_rules` leave it."""
    normalizer = _normalizer(word_break)
    return "".join(
        part if _SURROGATES.match(part) else normalizer.normalize_str(part)
        for part in _SURROGATES.split(text)
    )


def without_surrogates(text: str) -> str:
    """The text as the library takes it."""
    # Bytes of a command line that are not UTF-8 arrive as lone surrogates, which the library
    # refuses.
    return _SURROGATES.sub("\ufffd", text)


def are_visible(rules: Any) -> bool:
    """Whether a tokenizer of the `tokenizers` library takes invisible signs out of a text."""
    normalizer = rules.normalizer
    return normalizer is not None and normalizer.normalize_str("a\u00adb").lower() == "ab"


@cache
def _normalizer(word_break: str) -> Any:
    from tokenizers import normalizers

    return normalizers.Sequence(visible_rules(word_break))
