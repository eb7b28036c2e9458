"""A small config, and the mistakes that rnnkit finds in variations of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rnnkit.config import load_config, parse_config
from rnnkit.errors import RnnkitError

BASE = """\
task: {language_model: {window: 3}}
data:
  dataset: fable
  split: 0.1
model:
  embedding: 8
  layers:
    - lstm: 32
train:
  optimizer: adam
  epochs: 1
"""


def with_line(old: str, new: str) -> str:
    """BASE with one piece of text replaced."""
    assert BASE.count(old) == 1, old
    return BASE.replace(old, new)


def load(tmp_path: Path, *overrides: str, text: str = BASE) -> Any:
    """The checked config of a real file `c.yaml`."""
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, overrides)


def mistakes(text: str, tmp_path: Path | None = None, overrides: tuple[str, ...] = ()) -> list[str]:
    """What is said about YAML text; with overrides it goes through a real file `c.yaml`."""
    try:
        config = (
            parse_config(text, "c.yaml")
            if tmp_path is None
            else load(tmp_path, *overrides, text=text)
        )
    except RnnkitError as error:
        return [str(mistake) for mistake in error.errors]
    raise AssertionError(f"nothing was refused: {config!r}")


def mistake(text: str) -> str:
    """The only mistake in YAML text."""
    (only,) = mistakes(text)
    return only
