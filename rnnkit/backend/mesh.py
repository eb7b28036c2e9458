"""All devices of all processes that train together, and arrays that lie on them."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from rnnkit.ranks.share import Share

AXIS = "rows"
ROWS, WHOLE = PartitionSpec(AXIS), PartitionSpec()
"""Each device has some rows of an array, or all of it."""


def share() -> Share:
    """The rows of a batch that are those of this process' devices."""
    own = [index for index, one in enumerate(jax.devices()) if one in jax.local_devices()]
    return Share(own[0], own[-1] + 1, len(jax.devices()))


def mesh() -> Mesh:
    """All devices in a row; those of a process follow each other."""
    return Mesh(np.array(jax.devices()), (AXIS,))


def rows_of(mesh: Mesh, arrays: Any) -> Any:
    """A batch of which each process has its share."""
    place = NamedSharding(mesh, ROWS)
    return jax.tree.map(
        lambda array: jax.make_array_from_process_local_data(place, np.asarray(array)), arrays
    )


def whole(mesh: Mesh, arrays: Any) -> Any:
    """Arrays that every process has."""
    place = NamedSharding(mesh, WHOLE)
    return jax.tree.map(
        lambda array: jax.make_array_from_process_local_data(place, np.array(array)), arrays
    )


def local(array: Any) -> Any:
    """A whole array as one of a single device."""
    return array.addressable_data(0)


def scattered(mesh: Mesh, array: Any) -> Any:
    """States of a whole batch, (batch, ...), that every process has: each takes its share."""
    part = share()
    missing = part.padded(len(array)) - len(array)
    padded = np.pad(np.asarray(array), [(0, missing)] + [(0, 0)] * (array.ndim - 1))
    return rows_of(mesh, padded[part.rows(len(array))])


def gathered(array: Any, batch_size: int) -> np.ndarray:
    """The states of a whole batch again; every process asks for them at the same time."""
    every = multihost_utils.process_allgather(array, tiled=True)
    return np.asarray(every)[:batch_size]
