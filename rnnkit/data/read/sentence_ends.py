"""Suggests a command that inserts blank lines between the sentences of a CoNLL file."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rnnkit.data.formats.conll import Conll
from rnnkit.data.formats.sentences import SentenceFormat
from rnnkit.data.formats.text import open_raw
from rnnkit.platform import system

ENDS = (".", "!", "?", "\u3002", "\uff01", "\uff1f", "\u0964", "\u061f", "\u06d4", "\u2026")
"""Tokens that end a sentence, in several scripts."""

LENGTH = 20  # tokens of a sentence, if no token ends one


def cure_of_one_sentence(file: Path, kind: SentenceFormat, tokens: Sequence[str]) -> str:
    """What to do about a file that was read as one long sentence.

    Args:
        file: The file.
        kind: The format in which it was read.
        tokens: The tokens of the file.
    """
    ends = [end for end in ENDS if end in tokens[:-1]]
    if not isinstance(kind, Conll):  # CoNLL-U numbers the words of a sentence
        return "Put one after each, and number the words of each from 1"
    after = "each" if ends else f"each {LENGTH} tokens, as no token ends a sentence"
    if system.is_windows():  # which has no awk
        return f"Put a blank line after {after}"
    column = f"${kind.word + 1}" if kind.word >= 0 else f"$(NF{kind.word + 1:+d})"
    where = " || ".join(f'{column} == "{end}"' for end in ends) or f"NR % {LENGTH} == 0"
    mark = "-F'\\t' " if _has_tabs(file, kind.encoding) else ""
    name, program = shlex.quote(str(file)), shlex.quote(f'{{print}} {where} {{print ""}}')
    awk = f"awk {mark}{program} {name}"
    if file.suffix.lower() == ".gz":
        awk = f"gzip -cd {name} | awk {mark}{program}"
    return f"Put a blank line after {after}, such as `{awk} > sentences.conll`"


def _has_tabs(file: Path, encoding: str) -> bool:
    with open_raw(file) as raw:
        lines = (line.decode(encoding, "replace") for line in raw)
        return "\t" in next((line for line in lines if not line.startswith("#")), "")
