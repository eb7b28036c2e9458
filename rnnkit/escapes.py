"""Text that is safe to show: characters that move the cursor, hide letters or reverse their order
are written as Python's escapes, `\\x1b` or `\\u202e`.
"""

from __future__ import annotations

import re

_INVISIBLE = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 without tab and line ends, DEL, C1
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u3164\uffa0"  # no width, or a blank
    r"\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"  # marks of order, lines
    r"\ud800-\udfff\U000e0000-\U000e0fff"  # half a pair; tags
)
# Joiners belong between letters of scripts that need them, and between emoji.
_LETTER = rf"[^\x00-\x7f\u200c\u200d{_INVISIBLE}]"
_JOINERS = rf"(?<!{_LETTER})[\u200c\u200d]|[\u200c\u200d](?!{_LETTER})"
# Compiled, and kept by `re`, when a text first needs it: few commands do.
_OF_A_LINE = rf"[\t\n\r{_INVISIBLE}]|{_JOINERS}"
_OF_A_TEXT = rf"\r(?!\n)|[{_INVISIBLE}]|{_JOINERS}"
_IN_JSON = rf"[{_INVISIBLE}]|{_JOINERS}"


def visible(text: str, *, lines: bool = False) -> str:
    """The text with escapes for everything that a terminal obeys or does not show.

    Args:
        text: Text from outside: a file, a label, a name.
        lines: Whether line ends and tabs are kept; otherwise they are escaped too, so that the text
            stays one line and one cell of a table.
    """
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_OF_A_TEXT if lines else _OF_A_LINE, _escape, text)


def visible_json(text: str) -> str:
    """The same JSON with invisible characters as JSON's own escapes."""
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_IN_JSON, _json_escape, text)


def _escape(letter: re.Match[str]) -> str:
    return ascii(letter[0])[1:-1]


def _json_escape(letter: re.Match[str]) -> str:
    code = ord(letter[0])
    if code < 1 << 16:
        return f"\\u{code:04x}"
    high, low = divmod(code - (1 << 16), 1 << 10)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
