"""A Ray cluster."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from typing import Any

from rnnkit.errors import TRY_AGAIN, RnnkitError


@contextlib.contextmanager
def cluster() -> Iterator[Any]:
    """Ray, connected to the cluster of RAY_ADDRESS, else to the one that runs on this machine, else
    to a new one of this machine alone.

    Raises:
        RnnkitError: If there is no such cluster.
    """
    import ray

    is_own = not ray.is_initialized()
    if is_own:
        _connect(ray)
    try:
        yield ray
    finally:
        if is_own:
            ray.shutdown()


def _connect(ray: Any) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(include_dashboard=False, logging_level=logging.WARNING)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise RnnkitError(
            "--launcher ray",
            f"no Ray cluster at {os.environ.get('RAY_ADDRESS', 'this machine')} ({error})",
            "Expected the address of one in RAY_ADDRESS",
            "Unset RAY_ADDRESS for a cluster of this machine alone",
            exit_code=TRY_AGAIN,
        ) from None
