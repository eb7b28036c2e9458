"""What another value of a key means for a training that is resumed: the decision stands next to
the key.

A field says it in its annotation, `learning_rate: Annotated[float, FROM_HERE] = 0.001`, a spec for
all its fields, `on_resume: ClassVar[OnResume | None] = EXACT`; what neither says follows from the
key that holds the spec. Without any, another value is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class OnResume:
    """A decision.

    Args:
        when: "exact": it changes when a training ends, or what is kept and shown, not what is
            trained. "from here": allowed, and said. "epoch": only where an epoch ends. "same data":
            only if the data stay the same, by their fingerprint. "asked": only with
            --allow-changes. "refused": never.
        reason: Why it is refused, or what it depends on.
    """

    when: Literal["exact", "from here", "epoch", "same data", "asked", "refused"]
    reason: str = ""


EXACT = OnResume("exact")
FROM_HERE = OnResume("from here")
SAME_DATA = OnResume("same data")
WHEN_ASKED = OnResume("asked", "its sums differ in the last digits")


def at_epoch_end(reason: str) -> OnResume:
    """Allowed only where an epoch ends: "the rows of its other steps would be others"."""
    return OnResume("epoch", reason)


def refused(reason: str) -> OnResume:
    """Never allowed: "the checkpoint holds the weights of these layers"."""
    return OnResume("refused", reason)


UNDECIDED = refused("its spec does not say that a training may continue with another one")
