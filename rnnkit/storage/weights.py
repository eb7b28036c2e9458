"""The weights of a run, checked against its config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rnnkit.errors import RnnkitError
from rnnkit.storage.arrays import Archive

if TYPE_CHECKING:
    import numpy as np

_HINT = "Copy config.yaml and weights.npz from the same run"


def checked_weights(
    archive: Archive,
    expected: Mapping[str, tuple[int | None, ...]],
    unlisted_layers: Sequence[str] = (),
) -> dict[str, np.ndarray]:
    """The arrays of weights.npz; names and shapes are checked before any is read.

    Args:
        archive: The file.
        expected: The shape of each weight of the config, by name.
        unlisted_layers: Layers that may have further weights.

    Raises:
        RnnkitError: If it holds others, or numbers that are not finite.
    """
    import numpy as np

    unlisted = tuple(f"{layer}/" for layer in unlisted_layers)
    for name, header in archive.headers.items():
        if name not in expected and not name.startswith(unlisted):
            got = f"an array {name!r} that the config does not ask for"
            raise RnnkitError(archive.source, got, f"Expected {', '.join(expected)}", _HINT)
        if name in expected and (header.shape != expected[name] or header.dtype != np.float32):
            got = f"{name} is {header.dtype}{list(header.shape)}"
            wanted = f"Expected finite float32{list(expected[name])}"
            raise RnnkitError(archive.source, got, wanted, _HINT)
    if missing := [name for name in expected if name not in archive.headers]:
        wanted = f"Expected {', '.join(expected)}"
        raise RnnkitError(archive.source, f"no array {missing[0]!r}", wanted, _HINT)
    arrays = {name: archive.read(name) for name in archive.names}
    for name in expected:
        if not np.isfinite(arrays[name]).all():
            wanted = f"Expected finite float32{list(arrays[name].shape)}"
            raise RnnkitError(archive.source, f"{name} holds NaN or infinity", wanted, _HINT)
    return arrays
