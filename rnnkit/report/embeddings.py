"""Vectors of tokens as a picture: the tokens in the plane of the largest variance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.environment import require
from rnnkit.escapes import visible
from rnnkit.quantities import percent
from rnnkit.report.picture import BLUE, ORANGE, letters_as_boxes, png, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from matplotlib.transforms import BboxBase

GAP = 4.0  # points between a token's place and its label
LONGEST = 24  # letters of a label


def draw_embeddings(
    places: np.ndarray,
    shares: np.ndarray,
    tokens: Sequence[str],
    *,
    marked: int = 0,
    title: str = "",
) -> bytes:
    """A PNG of tokens in a plane; a label is drawn where it covers no other one.

    Args:
        places: (tokens, 2) coordinates.
        shares: (2,) the share of the variance along each axis.
        tokens: The names, the most important first.
        marked: How many of the first tokens are drawn in another colour.
        title: The title of the picture.
    """
    require("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 7), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.scatter(
        places[marked:, 0], places[marked:, 1], s=9, color=BLUE, alpha=0.5, linewidths=0, zorder=2
    )
    axes.scatter(
        *(places[:marked, 0], places[:marked, 1], 30),
        color=ORANGE,
        marker="D",
        linewidths=0,
        zorder=3,
    )
    if marked:
        axes.collections[0].set_label("frequent tokens")
        axes.collections[1].set_label("asked for, and nearest to it")
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.06), ncols=2, frameon=False)
    for axis, share, name in zip("xy", shares, ("first", "second"), strict=True):
        getattr(axes, f"set_{axis}label")(f"{name} direction ({percent(share)} of the variance)")
    axes.grid(color="0.92", linewidth=0.6)
    axes.margins(0.08)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    with letters_as_boxes():
        figure.draw_without_rendering()  # so that the sizes of texts are known
        drawn = sum(1 for _ in label(axes, places, tokens, marked))
        rest = len(tokens) - drawn
        named = f"{drawn} of {len(tokens)} tokens are named, as many as fit" if rest else ""
        axes.set_title(f"{title}\n{named}".strip(), fontsize=11, parse_math=False)
    return png(figure)


def label(axes: Axes, places: np.ndarray, tokens: Sequence[str], marked: int = 0) -> Iterator[Text]:
    """Labels tokens, each on a side where the label overlaps no other one and stays within the
    axes; a token without such a side gets no label.
    """
    taken: list[BboxBase] = []
    width, height = 3.0, 1.0  # pixels between names
    for index, (place, token) in enumerate(zip(places, tokens, strict=True)):
        for sides in SIDES:
            text = _named(axes, place, token, sides, is_marked=index < marked)
            box = text.get_window_extent().padded(width, height)
            inside = axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1
            inside &= axes.bbox.y0 <= box.y0 and box.y1 <= axes.bbox.y1
            if inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                yield text
                break
            text.remove()


SIDES = (
    *(("left", "center", 1, 0), ("right", "center", -1, 0)),
    *(("center", "bottom", 0, 1), ("center", "top", 0, -1)),
    *(("left", "bottom", 1, 1), ("right", "bottom", -1, 1)),
    *(("left", "top", 1, -1), ("right", "top", -1, -1)),
)
"""The alignments of a label, and the direction in which it is moved."""


def _named(
    axes: Axes, place: np.ndarray, token: str, sides: tuple[str, str, int, int], *, is_marked: bool
) -> Text:
    horizontal, vertical, right, up = sides
    return axes.annotate(
        _label_text(token),
        (float(place[0]), float(place[1])),
        (right * GAP, up * GAP),
        textcoords="offset points",
        ha=horizontal,
        va=vertical,
        fontsize=9 if is_marked else 8,
        fontweight="bold" if is_marked else "normal",
        color=ORANGE if is_marked else "0.15",
        parse_math=False,
        zorder=4,
    )


def _label_text(token: str) -> str:
    text = visible(token if token == token.strip() and token else repr(token))
    return shortened(text, LONGEST)
