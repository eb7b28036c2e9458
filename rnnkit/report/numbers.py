"""Numbers in tables."""

from __future__ import annotations


def number_text(value: float) -> str:
    """A number with four decimal places, or four significant digits if it is tiny or huge."""
    if 0 < abs(value) < 1e-3 or abs(value) >= 1e15:
        return f"{value:.4g}"
    return f"{value:,.4f}" if abs(value) < 1e6 else f"{value:,.0f}"
