"""What a changed key means for a resumed training: the decision is declared next to the key.

A field declares it in its annotation, `learning_rate: Annotated[float, FROM_HERE] = 0.001`, a spec
for all of its fields, `on_resume: ClassVar[OnResume | None] = EXACT`. Otherwise that of the key
which holds the spec applies; without any, a change is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class OnResume:
    """The decision on changes of a key.

    Args:
        when: When a change is allowed. "exact": always, as it changes when a training ends, or what
            is kept and shown, not what is trained. "from here": with a remark. "epoch": only at the
            end of an epoch. "same data": only if the data's fingerprint stays the same. "asked":
            only with --allow-changes. "refused": never.
        reason: Why it is refused, or what it depends on.
        trains: Whether it changes a training at all, not only what is kept and shown: what a sweep
            may vary.
    """

    when: Literal["exact", "from here", "epoch", "same data", "asked", "refused"]
    reason: str = ""
    trains: bool = True


EXACT = OnResume("exact")
SHOWN = OnResume("exact", trains=False)
FROM_HERE = OnResume("from here")
SHOWN_FROM_HERE = OnResume("from here", trains=False)
SAME_DATA = OnResume("same data")
WHEN_ASKED = OnResume("asked", "its sums differ in the last digits")


def at_epoch_end(reason: str) -> OnResume:
    """Allowed only at the end of an epoch: "the rows of its other steps would be others"."""
    return OnResume("epoch", reason)


def refused(reason: str) -> OnResume:
    """Never allowed: "the checkpoint holds the weights of these layers"."""
    return OnResume("refused", reason)


UNDECIDED = refused("its spec does not say that a training may continue with another one")
