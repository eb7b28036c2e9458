"""The one kind of error that a user sees, and the search for the word that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

USER_MISTAKE = 2
RUN_FAILED = 1


class RnnkitError(Exception):
    """Something that the user can mend: where it is, what was found, what is expected, what to do.

    Args:
        where: File, line, key or flag, as the user named it.
        got: What was found there.
        expected: What would have been right.
        hint: What to do next.
        exit_code: The process' exit status: 2 for a mistake in what was named, 1 for work that
            failed under way.
    """

    def __init__(
        self,
        where: str,
        got: str,
        expected: str = "",
        hint: str = "",
        *,
        exit_code: int = USER_MISTAKE,
    ):
        self.where, self.got, self.expected, self.hint = where, got, expected, hint
        self.exit_code = exit_code
        sentences = [
            part.rstrip(".") + "." if part[-1] not in "?!`" else part
            for part in (got, expected, hint)
            if part
        ]
        super().__init__(f"{where}: {' '.join(sentences)}")


class RnnkitErrors(RnnkitError):
    """Several mistakes in one file, reported together."""

    def __init__(self, errors: Sequence[RnnkitError]):
        self.errors = list(errors)
        self.exit_code = max(error.exit_code for error in errors)
        Exception.__init__(self, "\n".join(str(error) for error in errors))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """ "Did you mean 'x'?" for the nearest of `known`, or an empty string where none is near."""
    near = nearest(name, known, count=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The names of `known` that are nearest to `name` in spelling, best first."""
    spelled = {candidate.lower(): candidate for candidate in known}
    return [
        spelled[match]
        for match in difflib.get_close_matches(name.lower(), spelled, n=count, cutoff=0.6)
    ]
