"""The command that continues a training, as its messages name it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rnnkit.platform.shell import quote

_options = ""


@contextlib.contextmanager
def resumed_with(options: str) -> Iterator[None]:
    """What this call was given, and a training that is begun inside needs again when it is resumed:
    "--backend jax --num-processes 2".
    """
    global _options
    before, _options = _options, options
    try:
        yield
    finally:
        _options = before


def resume_command(run: object, *words: str) -> str:
    """What to type.

    Args:
        run: The run's folder.
        words: Further ones, quoted.
    """
    return " ".join(filter(None, ["rnnkit train", quote(str(run)), "--resume", *words, _options]))
