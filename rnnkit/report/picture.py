"""Colours and helpers for all pictures."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072b2", "#c44f00", "#00795c", "#a3478a", "#5c6470"
"""The colours of the pages (`report/style.py`), which colour-blind readers can tell apart."""


def png(figure: Figure, **options: Any) -> bytes:
    """A figure as the content of a PNG file.

    Args:
        figure: The figure.
        options: As in matplotlib's `savefig`, such as `dpi`.
    """
    buffer = io.BytesIO()
    with letters_as_boxes():
        figure.savefig(buffer, format="png", **options)
    return buffer.getvalue()


@contextlib.contextmanager
def letters_as_boxes() -> Iterator[None]:
    """Suppresses matplotlib's warnings about characters that the font lacks, drawn as boxes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        yield


def shortened(text: str, longest: int) -> str:
    """A text, truncated to a number of characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
