"""Folder names that are valid on every system, so that a run can be copied between them."""

from __future__ import annotations

import re
from pathlib import Path

from rnnkit.errors import RnnkitError
from rnnkit.platform import system

RESERVED = {
    *("con", "prn", "aux", "nul", "conin$", "conout$"),
    *(
        f"{port}{digit}"
        for port in ("com", "lpt")
        for digit in "123456789\N{SUPERSCRIPT ONE}\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}"
    ),
}
"""Names of devices on Windows, with any suffix."""

FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
LONGEST_PATH = 259  # characters, on Windows without long paths
DEEPEST_FILE = len("/checkpoints/step-000000000.tmp/.state.json.0000000.tmp")


def portable(name: str) -> str:
    """A name that is valid on every system, the given one if it is.

    Windows refuses some characters, names of devices (CON, aux.yaml) and a final dot or space.
    """
    plain = FORBIDDEN.sub("_", name).rstrip(". ") or "run"
    if plain.split(".")[0].strip().casefold() in RESERVED:
        plain = f"run-{plain}"
    return plain


def require_short(folder: Path) -> None:
    """Refuses a run folder whose files would have paths that are too long for Windows.

    Raises:
        RnnkitError: If a path would be too long.
    """
    length = len(str(folder.absolute())) + DEEPEST_FILE
    if system.is_windows() and length > LONGEST_PATH:
        got = f"paths of {length} letters, which Windows may refuse"
        raise RnnkitError(str(folder), got, f"Expected at most {LONGEST_PATH}", "Set RNNKIT_RUNS")
