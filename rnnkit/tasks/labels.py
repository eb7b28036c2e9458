"""The check of labels that a user names."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.data.raw.label_names import label_key, listed
from rnnkit.errors import RnnkitError, did_you_mean


def known_labels(names: Sequence[str], known: Sequence[str]) -> None:
    """Refuses unknown labels.

    Raises:
        RnnkitError: With the known ones.
    """
    keys = set(map(label_key, known))
    for name in names:
        if name not in known and label_key(name) not in keys:
            got, expected = f"no label {name!r}", f"Expected: {listed(sorted(known))}"
            raise RnnkitError("", got, expected, did_you_mean(name, known))
