"""Guesses the encoding of text in a non-Latin script: the one that decodes the bytes to frequent
letters, kana, syllables or characters.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable

SAMPLE = 1 << 16  # bytes examined
_ALPHABETS = {
    "оеаинтсрвл": ("cp1251", "koi8-r", "cp866", "iso8859-5"),
    "αοιετσνηυρίόάέύ": ("cp1253",),
    "יוהלאתרבםמ": ("cp1255",),
    "اليمنرتوبع": ("cp1256",),
    "านรอกเงม่้ยลวดทสัตี": ("cp874",),
}
"""The most frequent letters of an alphabet, and its encodings."""

# minimum fractions of the non-ASCII characters of a text
_FREQUENT = 0.5  # the most frequent letters of its alphabet
_KANA = 0.25  # of Japanese
_HANGUL = 0.75  # of Korean; Chinese decoded as Korean has one half
_COMMON = 0.85  # of Chinese and Korean: characters in the common half of the code table
_HAN = 0.5  # of Chinese; the rest are punctuation marks


def encoding_of_script(raw: bytes, *, has_long_runs: bool) -> str | None:
    """The encoding of text in a non-Latin script; None if it cannot be told.

    Args:
        raw: Some lines of the file.
        has_long_runs: Whether whole words consist of non-ASCII bytes.
    """
    raw = raw[:SAMPLE]
    if has_long_runs and (name := _by_alphabet(raw)):
        return name
    for names, is_script in (
        (("shift_jis", "cp932"), _is_japanese),
        (("euc_jp",), _is_japanese),
        (("euc_kr", "cp949"), _is_korean),
        (("gb18030",), _is_common("gb2312", range(0xB0, 0xD8))),
        (("big5", "cp950"), _is_common("big5", range(0xA4, 0xC7))),
    ):
        for name in names:
            if (text := _beyond_ascii(raw, name)) and is_script(text):
                return name
    return None


def _by_alphabet(raw: bytes) -> str | None:
    shares = {}
    for letters, names in _ALPHABETS.items():
        for name in names:
            if text := _beyond_ascii(raw, name):
                shares[name] = sum(character in letters for character in text) / len(text)
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best and shares[best] >= _FREQUENT else None


def _beyond_ascii(raw: bytes, name: str) -> str:
    """The non-ASCII characters; "" if the bytes cannot be decoded."""
    try:
        text = codecs.getincrementaldecoder(name)().decode(raw)
    except UnicodeError:
        return ""
    return "".join(character for character in text if not character.isascii())


def _share(text: str, first: str, last: str) -> float:
    return sum(first <= character <= last for character in text) / len(text)


def _is_japanese(text: str) -> bool:
    # half-width kana result from single bytes of other encodings
    return _share(text, "\u3041", "\u30fe") >= _KANA > _share(text, "\uff61", "\uff9f")


def _is_korean(text: str) -> bool:
    # syllables outside the older table are rare, but result from Latin letters
    usual = sum(len(character.encode("euc_kr", "ignore")) == 2 for character in text)
    return _share(text, "\uac00", "\ud7a3") >= _HANGUL and usual >= _COMMON * len(text)


def _is_common(table: str, leads: range) -> Callable[[str], bool]:
    """A test for characters in the common half of a code table, given by its lead bytes."""

    def is_common(text: str) -> bool:
        han = [character for character in text if "\u4e00" <= character <= "\u9fff"]
        coded = (character.encode(table, "ignore")[:1] for character in han)
        common = sum(bool(lead) and lead[0] in leads for lead in coded)
        return len(han) >= _HAN * len(text) and common >= _COMMON * len(han) > 0

    return is_common
