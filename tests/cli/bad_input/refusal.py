"""What every refusal has in common."""

from __future__ import annotations

import hashlib
import re
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

PLACED = re.compile(r"Error: (.+?: |(Missing|No such|Option|Got unexpected|--)\b|.*--[a-z])")
"""Names a place: a file, a key, an option."""

SAYS_MORE = re.compile(
    r"Expected|Did you mean|It has|data have|`|is not |exclude|goes with|requires|Missing|No such"
    r"|[.] [A-Z]\S* \S|should|remove one"
)
"""Says what is expected, or what to do."""

FOUR_PARTS = re.compile(r"Error: .+?: .+?[.] Expected .+?[.] [A-Z].+", re.DOTALL)


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
    stdout: str,
    stderr: str,
    code: int,
    words: Sequence[str],
    *,
    mistakes: int = 1,
    whole: bool = False,
) -> None:
    """What every refusal has in common; a whole one says where, what was found, what is expected
    and what to do.
    """
    errors = [line for line in stderr.splitlines() if line.startswith("Error: ")]
    assert code == 2, stderr
    assert stdout == ""
    assert len(errors) == mistakes, stderr
    assert "Traceback" not in stderr
    assert all(word in "\n".join(errors) for word in words), (words, errors)
    assert all(len(line) < 1000 for line in errors)
    assert all(PLACED.match(line) and SAYS_MORE.search(line) for line in errors), errors
    assert not whole or all(FOUR_PARTS.match(line) for line in errors), errors
