"""The capabilities to tag sequences, to decode a target for a source, and to attend to it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from rnnkit.tasks.capabilities.capability import Capability


class Tags(Capability):
    """A predictor that gives each token, or each step, a tag."""

    does = "tags sequences"
    example = "ner_conll03"


class Translates(Capability):
    """A predictor that decodes a target for a source."""

    does = "decodes a target for a source"
    example = "reverse_digits"


@dataclass(frozen=True)
class Attention:
    """Which source tokens an encoder-decoder attends to while it decodes.

    Args:
        source: The tokens that it read.
        target: The tokens that it decoded, `<end>` included.
        weights: (target tokens, source tokens); each row sums to 1.
    """

    source: list[str]
    target: list[str]
    weights: np.ndarray


class Attends(Capability):
    """A predictor with attention to its source."""

    does = "attends to a source"
    example = "reverse_digits"

    @abstractmethod
    def attention(self, text: str) -> Attention:
        """The decoded target of a source, and its attention.

        Raises:
            RnnkitError: If the model has no attention, or the text is empty.
        """
