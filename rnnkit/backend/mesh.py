"""The devices of all processes that train together, and arrays distributed over them."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from rnnkit.ranks.share import Share

AXIS = "rows"
ROWS, WHOLE = PartitionSpec(AXIS), PartitionSpec()
"""Distributions of an array: each device has some of its rows, or all of it."""


def share() -> Share:
    """The share of a batch's rows that belongs to this process's devices."""
    local_devices = jax.local_devices()
    places = [place for place, device in enumerate(jax.devices()) if device in local_devices]
    return Share(places[0], places[-1] + 1, len(jax.devices()))


def mesh() -> Mesh:
    """All devices in a row, those of a process consecutively."""
    return Mesh(np.array(jax.devices()), (AXIS,))


def rows_of(mesh: Mesh, arrays: Any) -> Any:
    """A batch as distributed arrays, from each process's share."""
    place = NamedSharding(mesh, ROWS)
    return jax.tree.map(
        lambda array: jax.make_array_from_process_local_data(place, np.asarray(array)), arrays
    )


def whole(mesh: Mesh, arrays: Any) -> Any:
    """Replicated arrays, which every process has."""
    place = NamedSharding(mesh, WHOLE)
    return jax.tree.map(
        lambda array: jax.make_array_from_process_local_data(place, np.array(array)), arrays
    )


def local(array: Any) -> Any:
    """The copy of a replicated array on a single device."""
    return array.addressable_data(0)


def scattered(mesh: Mesh, array: Any) -> Any:
    """Distributes the states of a whole batch, (batch, ...), which every process has."""
    part = share()
    missing = part.padded(len(array)) - len(array)
    padded = np.pad(np.asarray(array), [(0, missing)] + [(0, 0)] * (array.ndim - 1))
    return rows_of(mesh, padded[part.rows(len(array))])


def gathered(array: Any, batch_size: int) -> np.ndarray:
    """The states of a whole batch, collected again; every process must call this."""
    whole_batch = multihost_utils.process_allgather(array, tiled=True)
    return np.asarray(whole_batch)[:batch_size]
