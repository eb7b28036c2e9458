"""A heat map in a terminal: a digit for each number, readable without colours."""

from __future__ import annotations

import math

from rnnkit.cli.output import paint

LEGEND = "digits are tenths: 7 is 0.7 to 0.8, -3 is -0.3 to -0.4, 9 also what is above 1"
BLUE, ORANGE = (0, 90, 160), (190, 80, 0)  # colour-blind readers tell these apart


def gate_cell(value: float) -> str:
    """A number from 0 to 1 as one digit, the higher the bluer its background."""
    return paint(str(_tenth(value)), bg=_background(value), fg=_text_colour(value))


def state_cell(value: float) -> str:
    """A number from -1 to 1 as a sign and a digit, blue above 0, orange below."""
    tenth = _tenth(abs(value))
    text = f"{'-' if value < 0 and tenth else ' '}{tenth}"
    return paint(text, bg=_background(value), fg=_text_colour(value))


def token_cell(token: str, value: float) -> str:
    """A token on a background for a number from -1 to 1."""
    return paint(token, bg=_background(value), fg=_text_colour(value))


def _tenth(value: float) -> int:
    return min(9, int(value * 10)) if math.isfinite(value) else 9


def _text_colour(value: float) -> str | None:
    return "white" if _saturation(value) else None


def _saturation(value: float) -> float:
    """How strong the colour of a number is, from 0 to 1; 0 for none."""
    share = min(1.0, abs(value)) if math.isfinite(value) else 1.0
    return share if share >= 0.1 else 0.0


def _background(value: float) -> tuple[int, int, int] | None:
    share = _saturation(value)
    if not share:
        return None
    red, green, blue = BLUE if value >= 0 else ORANGE
    return round(red * share), round(green * share), round(blue * share)
