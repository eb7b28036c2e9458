"""A heat map in a terminal: a digit for each number, readable without colours."""

from __future__ import annotations

import math

from rnnkit.cli.output import paint

LEGEND = "digits are tenths: 7 is 0.7 to 0.8, -3 is -0.3 to -0.4, 9 also what is above 1"
BLUE, ORANGE = (0, 90, 160), (190, 80, 0)  # which colour-blind readers tell apart


def gate_cell(value: float) -> str:
    """A number from 0 to 1 in one letter, on a ground that is as blue as it is high."""
    return paint(str(_tenth(value)), bg=_ground(value), fg=_letters(value))


def state_cell(value: float) -> str:
    """A number from -1 to 1 in two letters, blue above 0, orange below."""
    tenth = _tenth(abs(value))
    text = f"{'-' if value < 0 and tenth else ' '}{tenth}"
    return paint(text, bg=_ground(value), fg=_letters(value))


def token_cell(token: str, value: float) -> str:
    """A token on the ground of a number from -1 to 1."""
    return paint(token, bg=_ground(value), fg=_letters(value))


def _tenth(value: float) -> int:
    return min(9, int(value * 10)) if math.isfinite(value) else 9


def _letters(value: float) -> str | None:
    return "white" if _strength(value) else None


def _strength(value: float) -> float:
    """0 for what is not coloured."""
    share = min(1.0, abs(value)) if math.isfinite(value) else 1.0
    return share if share >= 0.1 else 0.0


def _ground(value: float) -> tuple[int, int, int] | None:
    share = _strength(value)
    if not share:
        return None
    red, green, blue = BLUE if value >= 0 else ORANGE
    return round(red * share), round(green * share), round(blue * share)
