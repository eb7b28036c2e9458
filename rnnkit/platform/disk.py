"""Messages about files and folders that cannot be written: reason, cure and exit code."""

from __future__ import annotations

import errno
from pathlib import Path

from rnnkit.errors import RUN_FAILED, TRY_AGAIN, USER_MISTAKE, RnnkitError

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
    errno.ENOTDIR: "Remove the file in the place of the folder",
    errno.EISDIR: "Remove the folder in the place of the file",
    errno.EEXIST: "Remove the file in the place of the folder",
    errno.EIO: "Check the disk: it fails",
}


def exit_code(error: OSError) -> int:
    """The exit code for a failed write, which is worth trying again if the disk was full."""
    return TRY_AGAIN if error.errno in FULL else RUN_FAILED


def cure(error: OSError, after: str = "", *, instead_of: str = "") -> str:
    """What to do about a write that failed.

    Args:
        error: Why it failed.
        after: The next step: "continue with `rnnkit train runs/x --resume`".
        instead_of: An alternative: "Set RNNKIT_CACHE".
    """
    first = CURES.get(error.errno or 0, "Choose another disk or folder")
    if instead_of:
        return f"{instead_of}, or {first[0].lower()}{first[1:]}"
    return f"{first}, then {after}" if after else first


def write_error(where: str, error: OSError) -> RnnkitError:
    """The error for a file that cannot be written.

    Args:
        where: The file, or the option that names it.
        error: Why it failed.
    """
    got = f"cannot be written ({error.strerror or error})"
    return RnnkitError(where, got, "", cure(error), exit_code=exit_code(error))


def no_run_folder(parent: Path, error: OSError) -> RnnkitError:
    """The error for a folder of a run, or of several, that cannot be created below `parent`."""
    got = f"cannot create a folder for the run ({error.strerror})"
    expected = "Expected a folder that can be written, in one that exists"
    code = TRY_AGAIN if error.errno in FULL else USER_MISTAKE
    hint = cure(error, instead_of="Set RNNKIT_RUNS")
    return RnnkitError(str(parent), got, expected, hint, exit_code=code)
