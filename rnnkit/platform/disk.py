"""A disk that is full."""

from __future__ import annotations

import errno

from rnnkit.errors import RUN_FAILED, TRY_AGAIN

FULL = {errno.ENOSPC, errno.EDQUOT}


def exit_code(error: OSError) -> int:
    """That of a write which failed: worth trying again where the disk was full."""
    return TRY_AGAIN if error.errno in FULL else RUN_FAILED
