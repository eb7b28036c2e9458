"""What every refusal has in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

GOOD = """\
task: {language_model: {window: 3}}
data: {dataset: fable}
model:
  embedding: 4
  layers:
    - simple_rnn: 4
train: {epochs: 1}
"""
SEED = ("--seed", "had a general")

ASKS_A_RUN: list[tuple[str, ...]] = [
    ("generate", *SEED),
    ("predict", "--text", "had a general"),
    ("evaluate",),
]


Refused = Callable[..., None]


def snapshot(folder: Path) -> dict[str, str]:
    """Every file and folder below `folder`, with its checksum, but what Python compiles
    of the modules that it imports.
    """
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        )
        for path in sorted(folder.rglob("*"))
        if "__pycache__" not in path.parts
    }


def explains(
    stdout: str, stderr: str, code: int, words: Sequence[str], *, mistakes: int = 1
) -> None:
    """What every refusal has in common."""
    errors = [line for line in stderr.splitlines() if line.startswith("Error: ")]
    assert code == 2, stderr
    assert stdout == ""
    assert len(errors) == mistakes, stderr
    assert "Traceback" not in stderr
    assert all(word in "\n".join(errors) for word in words), (words, errors)
    assert all(len(line) < 1000 for line in errors)
