"""A run's answer to a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rnnkit.errors import RnnkitError
from rnnkit.run import find_run
from rnnkit.workflows.answer import load_trained


def predict(name: str | None, text: str, *, top: int = 5, where: str = "text", warn: Callable[[str], None]) -> list[Any]:
    """What a run says to `text`: the likeliest next symbols of a language model, the next numbers of a forecaster.

    Args:
        name: A run's folder or name; None for the newest.
        text: What to answer.
        top: How many answers, where there is a choice.
        where: How messages call the text.
        warn: Called with a line about what is not as expected.

    Returns:
        Rows as dataclasses, best first: `token` and `probability`, or `step` and `forecast`.

    Raises:
        RnnkitError: If there is no such run, it cannot answer such a text, or `top` is not positive.
    """
    if top < 1:
        raise RnnkitError("top", f"found {top}", "Expected at least 1")
    trained = load_trained(find_run(name), warn)
    rows: list[Any] = trained.config.answer(trained.codec, trained.outputs, text, top=top, where=where, warn=warn)
    return rows
