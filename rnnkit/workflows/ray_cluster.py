"""A Ray cluster."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import warnings
from collections.abc import Iterator
from typing import Any

from rnnkit.errors import TRY_AGAIN, RnnkitError, at

SECONDS_TO_ANSWER = 10.0


@contextlib.contextmanager
def cluster(asked_by: str = "--launcher ray", *, repeats: bool = True) -> Iterator[Any]:
    """Ray, connected to the cluster of RAY_ADDRESS, else to the one that runs on this machine, else
    to a new one of this machine alone.

    Args:
        asked_by: What a mistake names.
        repeats: Whether this process says what those of the cluster say.

    Raises:
        RnnkitError: If there is no such cluster.
    """
    import ray

    is_own = not ray.is_initialized()
    if is_own:
        with at(asked_by):
            _connect(ray, repeats)
    try:
        yield ray
    finally:
        if is_own:
            ray.shutdown()


def _connect(ray: Any, repeats: bool) -> None:
    try:
        _require_heard(os.environ.get("RAY_ADDRESS", ""))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(include_dashboard=False, logging_level=logging.WARNING, log_to_driver=repeats)
    except (OSError, RuntimeError, ValueError) as error:
        raise RnnkitError(
            "",
            f"no Ray cluster at {os.environ.get('RAY_ADDRESS', 'this machine')} ({error})",
            "Expected the address of one in RAY_ADDRESS",
            "Unset RAY_ADDRESS for a cluster of this machine alone",
            exit_code=TRY_AGAIN,
        ) from None


def _require_heard(address: str) -> None:
    """Somebody listens at HOST:PORT; Ray itself would try for many minutes.

    Raises:
        OSError: If nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=SECONDS_TO_ANSWER).close()
