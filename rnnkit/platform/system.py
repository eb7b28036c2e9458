"""Which system this is, and how it writes names."""

from __future__ import annotations

import os
import sys

NAME = sys.platform
"""linux, darwin or win32."""


def is_linux() -> bool:
    return NAME == "linux"


def is_windows() -> bool:
    return NAME == "win32"


def is_macos() -> bool:
    return NAME == "darwin"


def reads_names_as_utf8() -> None:
    """Starts this command anew in Python's UTF-8 mode where the names of files, the arguments and
    the environment are read as ASCII (LC_ALL=C with PYTHONUTF8=0): a name in a config would not be
    that of its file, nor a text on the command line that of a vocabulary.
    """
    is_ascii = sys.getfilesystemencoding() == "ascii" and not sys.flags.utf8_mode
    if is_ascii and sys.executable:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
