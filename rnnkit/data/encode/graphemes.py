"""Rules for graphemes and invisible characters: joiners belong to their word, emoji sequences are
one token, and other invisible characters are removed.

Patterns are in Oniguruma syntax, as in the `tokenizers` library. The tokenizer.json of a run stores
them, so that runs trained before these rules existed are read as they were trained.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

LETTER = r"\p{L}\p{N}\p{M}"

JOINERS = r"\x{200C}\x{200D}"
"""Zero-width non-joiner and joiner, used inside words in Persian, Hindi, Malayalam and others."""

WORD = rf"[{LETTER}]+(?:(?:['’\-]|[{JOINERS}]+)[{LETTER}]+)*\x{{200D}}?"
"""A word; an apostrophe, a hyphen or a joiner inside it belongs to it."""

MARK = rf"(?![\s{LETTER}])\X"
"""A mark or an emoji sequence, such as a flag (an extended grapheme cluster, UAX 29)."""

WORD_BREAK = "\u200b"
"""The zero-width space, which ends a word (UAX 29), as in Khmer and Thai."""

_TAG = r"\x{E0020}-\x{E007F}"  # tags, which spell the flag of a region
_SELECTOR = r"\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}"
_JOINED = rf"{LETTER}\p{{Extended_Pictographic}}\p{{Emoji_Modifier}}{_TAG}"
_SIGNS = "|".join(
    [
        # soft hyphens, word joiners, byte order marks, marks of direction and the like
        r"[\x{AD}\x{34F}\x{61C}\x{180E}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}]",
        r"[\x{2066}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFB}]",
        # joiners, tags and variation selectors without a character that they modify
        rf"[{JOINERS}](?<![{_JOINED}][{JOINERS}])",
        rf"\x{{200C}}(?!\x{{200C}}*[{LETTER}\x{{200D}}])",
        rf"[{_TAG}](?<![\p{{Extended_Pictographic}}{_TAG}][{_TAG}])",
        rf"[{_SELECTOR}](?<!\S[{_SELECTOR}])",
    ]
)
INVISIBLE = rf"(?=[\x{{80}}-\x{{10FFFF}}])(?:{_SIGNS})"  # skips ASCII quickly


_SURROGATES = re.compile("([\ud800-\udfff])")


def visible_rules(word_break: str) -> list[Any]:
    """Normalizers of the `tokenizers` library that remove invisible characters.

    Args:
        word_break: The replacement of a zero-width space.
    """
    from tokenizers import Regex, normalizers

    return [
        normalizers.Replace(WORD_BREAK, word_break),
        normalizers.Replace(Regex(INVISIBLE), ""),
    ]


def visible(text: str, word_break: str = " ") -> str:
    """The text without invisible characters, as normalized by `visible_rules`."""
    normalizer = _normalizer(word_break)
    return "".join(
        part if _SURROGATES.match(part) else normalizer.normalize_str(part)
        for part in _SURROGATES.split(text)
    )


def without_surrogates(text: str) -> str:
    """Replaces lone surrogates, which the `tokenizers` library refuses; Python decodes bytes of a
    command line that are not UTF-8 to them.
    """
    return _SURROGATES.sub("\ufffd", text)


def are_visible(rules: Any) -> bool:
    """Whether a tokenizer of the `tokenizers` library removes invisible characters."""
    normalizer = rules.normalizer
    return normalizer is not None and normalizer.normalize_str("a\u00adb").lower() == "ab"


@cache
def _normalizer(word_break: str) -> Any:
    from tokenizers import normalizers

    return normalizers.Sequence(visible_rules(word_break))
