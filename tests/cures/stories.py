"""Mistakes that no config and no call of the command line makes, and how they are mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click
import pytest

import rnnkit
from rnnkit.api.run import Run
from rnnkit.errors import RnnkitError
from tests.cures.cures import cures, said_of
from tests.cures.hints import Said, listening
from tests.cures.mistakes import HEARD, OWN, RUNS

Say = Callable[[pytest.TempPathFactory], object]


@dataclass(frozen=True)
class Story:
    """Such a mistake.

    Args:
        say: Makes it, in an empty folder; gives what is said where nothing is raised.
        mend: Does what its message says, there.
    """

    say: Say
    mend: Callable[[str], object]

    def heard(self, factory: pytest.TempPathFactory) -> Said:
        """What is said of it."""
        message = ""
        with listening() as running:
            try:
                message = str(self.say(factory) or "")
            except RnnkitError as error:
                message = str(error)
            except click.ClickException as error:
                message = error.message
        assert message
        HEARD[id(self)] = said = Said(message, running)
        return said

    def require_cured(self, factory: pytest.TempPathFactory) -> None:
        """The mistake is gone after what its message says."""
        self.mend(self.heard(factory).message)


def run_of(name: str) -> Run:
    """A run without training, as it is in Python."""
    RUNS[name]()
    return rnnkit.load_run(name)


def by_its_words(message: str) -> None:
    """Does what a message says to do on the command line, in each way."""
    ways = cures((), message, OWN)
    assert ways
    for way in ways:
        assert not said_of(way)
