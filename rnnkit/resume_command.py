"""The command that resumes a training, as messages spell it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rnnkit.platform.shell import quote

_options = ""


@contextlib.contextmanager
def resume_options(options: str) -> Iterator[None]:
    """Adds options to the resume command of trainings started inside: "--backend jax
    --num-processes 2".
    """
    global _options
    before, _options = _options, options
    try:
        yield
    finally:
        _options = before


def resume_command(run: object, *words: str) -> str:
    """The command line that resumes a run.

    Args:
        run: The run's folder.
        words: Further arguments, already quoted.
    """
    return " ".join(filter(None, ["rnnkit train", quote(str(run)), "--resume", *words, _options]))
