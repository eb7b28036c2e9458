"""Words of suggested commands, for the shells of each system."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.platform import shell, system
from rnnkit.python_messages import in_python
from rnnkit.training.checkpoint import no_checkpoint


@pytest.mark.parametrize(
    ("word", "posix", "windows"),
    [
        ("runs/fable", "runs/fable", "runs/fable"),
        ("had a general", "'had a general'", '"had a general"'),
        (r"C:\runs\fable", r"'C:\runs\fable'", r"C:\runs\fable"),
        ("C:\\my runs\\", "'C:\\my runs\\'", '"C:\\my runs\\\\"'),
        ('say "no"', "'say \"no\"'", r'"say \"no\""'),
        ("it's", "'it'\"'\"'s'", '"it\'s"'),
        ("a&b", "'a&b'", '"a&b"'),
        ("", "''", '""'),
    ],
)
def test_quote(word: str, posix: str, windows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell.quote(word) == posix
    monkeypatch.setattr(system, "NAME", "win32")
    assert shell.quote(word) == windows


@given(st.lists(st.text(st.sampled_from("ab \\\"'&$%#;"), max_size=6), max_size=3))
def test_split_gives_what_was_quoted(words: list[str]) -> None:
    for name in ("linux", "win32"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(system, "NAME", name)
            assert shell.split(" ".join(map(shell.quote, words))) == words


def test_hints_on_windows_are_quoted_for_its_shells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "NAME", "win32")
    hint = no_checkpoint(Path("my runs/fable/checkpoints")).hint
    assert '`rnnkit train "my runs/fable"`' in hint
    assert in_python('Add `--condition "so so"`') == "Add `condition='so so'`"
