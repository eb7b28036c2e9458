"""What only some predictors can do."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar


class Capability(ABC):
    """Something that only some predictors can do."""

    does: ClassVar[str]
    """What it does, as messages say it: "generates text"."""

    example: ClassVar[str]
    """A shipped config of a run that can do it."""
