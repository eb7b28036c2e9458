"""The base of the capabilities that only some predictors have."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar


class Capability(ABC):
    """Something that only some predictors can do."""

    does: ClassVar[str]
    """The capability as a verb for messages: "generates text"."""

    example: ClassVar[str]
    """A shipped config whose runs have it."""
