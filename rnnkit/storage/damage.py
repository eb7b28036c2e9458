"""Exceptions that a library raises while it reads a file: they are errors about the file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rnnkit.errors import RnnkitError

PANIC = "PanicException"  # raised by libraries in Rust; it is not an Exception
ENTIRE = 300  # characters of a library's message that are shown


@contextlib.contextmanager
def blaming(
    where: str, what: str = "damaged", expected: str = "", hint: str = ""
) -> Iterator[None]:
    """Turns any exception raised inside into an error about the file that is read: the one wrapper
    for calls of libraries that read. rnnkit's own errors pass, and so do Ctrl-C and the like.

    Args:
        where: The file, as messages call it; "" if the caller adds it.
        what: What was found: "damaged JSON".
        expected: What is expected.
        hint: What to do.

    Raises:
        RnnkitError: Instead of the library's exception.
    """
    try:
        yield
    except RnnkitError:
        raise
    except MemoryError as error:
        got = f"{what}: more than memory holds"
        raise RnnkitError(where, got, expected, hint) from error
    except BaseException as error:
        if not is_fault(error):
            raise
        raise RnnkitError(where, f"{what}: {reason(error)}", expected, hint) from error


def is_fault(error: BaseException) -> bool:
    """Whether an exception can be the file's fault; Ctrl-C and the end of the process are not."""
    return isinstance(error, Exception) or type(error).__name__ == PANIC


def reason(error: BaseException) -> str:
    """The message of a library's exception, on one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    line = " ".join(text.split())
    return line if len(line) <= ENTIRE else f"{line[:ENTIRE]}..."
