"""What a library raises while it reads what a file holds: the file's fault, whatever it is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rnnkit.errors import RnnkitError

PANIC = "PanicException"  # of libraries in Rust, which is not an Exception
ENTIRE = 300  # characters of a library's message


@contextlib.contextmanager
def blaming(
    where: str, what: str = "damaged", expected: str = "", hint: str = ""
) -> Iterator[None]:
    """Whatever is raised inside is the fault of what is read: the one wrapper of the calls of
    libraries that read. What rnnkit itself says of it passes, and so do Ctrl-C and the like.

    Args:
        where: The file, as messages call it; "" if the caller says it.
        what: What it is then: "damaged JSON".
        expected: What would be right.
        hint: What to do.

    Raises:
        RnnkitError: In place of the library's exception.
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
    """Whether it can be the fault of what is read; Ctrl-C and the end of the process are not."""
    return isinstance(error, Exception) or type(error).__name__ == PANIC


def reason(error: BaseException) -> str:
    """What a library's exception says, on one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    line = " ".join(text.split())
    return line if len(line) <= ENTIRE else f"{line[:ENTIRE]}..."
