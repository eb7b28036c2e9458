"""A file or a folder that cannot be written: why, and what to do."""

from __future__ import annotations

import errno

from rnnkit.errors import RUN_FAILED, TRY_AGAIN, RnnkitError

FULL = {errno.ENOSPC, errno.EDQUOT}
CURES = {
    **dict.fromkeys(FULL, "Free some space"),
    errno.EACCES: "Give yourself the right to write there",
    errno.EPERM: "Give yourself the right to write there",
    errno.EROFS: "Choose a place that is not read-only",
    errno.EFBIG: "Raise the limit on a file's size, or choose another disk",
    errno.EMFILE: "Raise the limit on open files",
    errno.ENFILE: "Close other programs: too many files are open",
    errno.ENAMETOOLONG: "Choose a shorter name",
    errno.ENOENT: "Put back the folder that was there",
    errno.ENOTDIR: "Remove the file that stands where a folder is meant",
    errno.EISDIR: "Remove the folder that stands where a file is meant",
    errno.EEXIST: "Remove the file that stands where a folder is meant",
    errno.EIO: "Check the disk: it fails",
}


def exit_code(error: OSError) -> int:
    """The exit code for a failed write, which is worth trying again if the disk was full."""
    return TRY_AGAIN if error.errno in FULL else RUN_FAILED


def cure(error: OSError, after: str = "", *, instead_of: str = "") -> str:
    """What to do about a write that failed.

    Args:
        error: Why it failed.
        after: What to do then: "continue with `rnnkit train runs/x --resume`".
        instead_of: What helps as well: "Set RNNKIT_CACHE".
    """
    first = CURES.get(error.errno or 0, "Choose another disk or folder")
    if instead_of:
        return f"{instead_of}, or {first[0].lower()}{first[1:]}"
    return f"{first}, then {after}" if after else first


def unwritten(where: str, error: OSError) -> RnnkitError:
    """The error of a file that cannot be written.

    Args:
        where: The file, or the option that names it.
        error: Why it cannot be.
    """
    got = f"cannot be written ({error.strerror or error})"
    return RnnkitError(where, got, "", cure(error), exit_code=exit_code(error))
