"""The operating system, and its encoding of file names."""

from __future__ import annotations

import os
import sys

NAME = sys.platform
"""The platform: linux, darwin or win32."""


def is_linux() -> bool:
    return NAME == "linux"


def is_windows() -> bool:
    return NAME == "win32"


def is_macos() -> bool:
    return NAME == "darwin"


def restart_in_utf8_mode() -> None:
    """Restarts this command in Python's UTF-8 mode if file names, arguments and the environment are
    decoded as ASCII (LC_ALL=C with PYTHONUTF8=0): names in a config would not match those of files,
    nor texts on the command line a vocabulary.
    """
    is_ascii = sys.getfilesystemencoding() == "ascii" and not sys.flags.utf8_mode
    if is_ascii and sys.executable:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
