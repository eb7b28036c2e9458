"""Which encoding bytes are in that hold another script than the Latin one: that which makes
ordinary letters, kana, syllables or characters of them.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable

SAMPLE = 1 << 16  # bytes that are looked at
_ALPHABETS = {
    "оеаинтсрвл": ("cp1251", "koi8-r", "cp866", "iso8859-5"),
    "αοιετσνηυρίόάέύ": ("cp1253",),
    "יוהלאתרבםמ": ("cp1255",),
    "اليمنرتوبع": ("cp1256",),
    "านรอกเงม่้ยลวดทสัตี": ("cp874",),
}
"""The most frequent letters of an alphabet, and its encodings."""

_MOST = 0.5  # of the letters of an alphabet are these
_KANA = 0.25  # of Japanese text, at least
_HANGUL = 0.75  # of Korean text; read so, Chinese has half
_COMMON = 0.85  # of the characters of Chinese and Korean text are in the common half of the tables
_HAN = 0.5  # of Chinese text; the rest are marks


def encoding_of_script(raw: bytes, *, has_long_runs: bool) -> str | None:
    """The encoding of text in another script; None if the bytes do not show it.

    Args:
        raw: Some lines.
        has_long_runs: Whether whole words are beyond ASCII.
    """
    raw = raw[:SAMPLE]
    if has_long_runs and (name := _by_alphabet(raw)):
        return name
    for names, is_so in (
        (("shift_jis", "cp932"), _is_japanese),
        (("euc_jp",), _is_japanese),
        (("euc_kr", "cp949"), _is_korean),
        (("gb18030",), _is_common("gb2312", range(0xB0, 0xD8))),
        (("big5", "cp950"), _is_common("big5", range(0xA4, 0xC7))),
    ):
        for name in names:
            if (text := _beyond_ascii(raw, name)) and is_so(text):
                return name
    return None


def _by_alphabet(raw: bytes) -> str | None:
    shares = {}
    for letters, names in _ALPHABETS.items():
        for name in names:
            if text := _beyond_ascii(raw, name):
                shares[name] = sum(character in letters for character in text) / len(text)
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best and shares[best] >= _MOST else None


def _beyond_ascii(raw: bytes, name: str) -> str:
    """The characters beyond ASCII; "" if the bytes are not text in the encoding."""
    try:
        text = codecs.getincrementaldecoder(name)().decode(raw)
    except UnicodeError:
        return ""
    return "".join(character for character in text if not character.isascii())


def _share(text: str, first: str, last: str) -> float:
    return sum(first <= character <= last for character in text) / len(text)


def _is_japanese(text: str) -> bool:
    # of half width are what single bytes of another encoding are read as
    return _share(text, "\u3041", "\u30fe") >= _KANA > _share(text, "\uff61", "\uff9f")


def _is_korean(text: str) -> bool:
    # syllables outside of the older table are rare, but what Latin letters are read as
    usual = sum(len(character.encode("euc_kr", "ignore")) == 2 for character in text)
    return _share(text, "\uac00", "\ud7a3") >= _HANGUL and usual >= _COMMON * len(text)


def _is_common(table: str, leads: range) -> Callable[[str], bool]:
    """Whether characters are those of a table's common half, by their first bytes there."""

    def is_so(text: str) -> bool:
        han = [character for character in text if "\u4e00" <= character <= "\u9fff"]
        coded = (character.encode(table, "ignore")[:1] for character in han)
        common = sum(bool(lead) and lead[0] in leads for lead in coded)
        return len(han) >= _HAN * len(text) and common >= _COMMON * len(han) > 0

    return is_so
