"""Which system this is."""

from __future__ import annotations

import sys

NAME = sys.platform
"""linux, darwin or win32."""


def is_linux() -> bool:
    return NAME == "linux"


def is_windows() -> bool:
    return NAME == "win32"


def is_macos() -> bool:
    return NAME == "darwin"
