"""The base of what only some predictors can do, and those abilities that need no method more."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar


class Capability(ABC):
    """Something that only some predictors can do."""

    does: ClassVar[str]
    """What it does, as messages say it: "generates text"."""

    example: ClassVar[str]
    """A shipped config of a run that can do it."""


class Tags(Capability):
    """A predictor that gives each token, or each step, a tag."""

    does = "tags sequences"
    example = "ner_conll03"


class Translates(Capability):
    """A predictor that decodes a target for a source."""

    does = "decodes a target for a source"
    example = "reverse_digits"
