from __future__ import annotations

import json
import logging

import pytest

from rnnkit.errors import RnnkitError, RnnkitErrors
from rnnkit.escapes import visible, visible_json
from rnnkit.progress import log, to_stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("caf\u00e9 \u732b \u0928\u092e", "caf\u00e9 \u732b \u0928\u092e"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b31m\x07\x7f", r"\x9b31m\x07\x7f"),
        ("a\nError: b\r\tc", r"a\nError: b\r\tc"),
        ("a\x85b\u2028c\x0bd", r"a\x85b\u2028c\x0bd"),
        ("\u202egnp.exe\u2066\u200f", r"\u202egnp.exe\u2066\u200f"),
        ("pay\u200bpal\ufeff\u2060\xad", r"pay\u200bpal\ufeff\u2060\xad"),
        ("pay\u200dpal\u200c", r"pay\u200dpal\u200c"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", None),  # Persian
        ("\U0001f468\u200d\U0001f469\ufe0f", None),  # a family
        ("\U000e0041\U000e0042", r"\U000e0041\U000e0042"),
        ("\udcff", r"\udcff"),
    ],
)
def test_visible_escapes_what_commands_or_deceives(text: str, shown: str | None) -> None:
    assert visible(text) == (text if shown is None else shown)
    assert "\n" not in visible(text)


def test_visible_of_lines_keeps_them() -> None:
    assert visible("a\tb\r\nc\rd\n\x1bc", lines=True) == "a\tb\r\nc\\rd\n\\x1bc"


def test_visible_json_is_the_same_data() -> None:
    data = {"\u202e\x1b": "".join(map(chr, [*range(0xA1), 0x200B, 0x200D, 0xE0041, 0x1F468]))}
    shown = visible_json(json.dumps(data, ensure_ascii=False))
    assert json.loads(shown) == data
    assert visible(shown) == shown


def test_errors_and_remarks_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    error = RnnkitError("a\x1b[31m.csv", "found 'x\ny'", "Expected \u202eb")
    assert str(RnnkitErrors([error, error])).count("\n") == 1
    assert "\x1b" not in str(error)
    to_stderr()
    log.warning("label %s", "\x1b]0;owned\x07\nError: fake")
    log.log(logging.INFO, "done")
    assert capsys.readouterr().err.splitlines() == [r"label \x1b]0;owned\x07\nError: fake", "done"]
