"""The connection to a Ray cluster."""

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
def cluster(place: str = "--launcher ray", *, log_to_driver: bool = True) -> Iterator[Any]:
    """Yields the module `ray`, connected to the cluster at RAY_ADDRESS, else to one that runs on
    this machine already, else to a new one on this machine.

    Args:
        place: The option or variable that error messages name.
        log_to_driver: Whether this process prints the output of the cluster's processes.

    Raises:
        RnnkitError: If there is no such cluster.
    """
    import ray

    connects = not ray.is_initialized()
    if connects:
        with at(place):
            _connect(ray, log_to_driver)
    try:
        yield ray
    finally:
        if connects:
            ray.shutdown()


def _connect(ray: Any, log_to_driver: bool) -> None:
    try:
        _require_listener(os.environ.get("RAY_ADDRESS", ""))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(
                include_dashboard=False, logging_level=logging.WARNING, log_to_driver=log_to_driver
            )
    except (OSError, RuntimeError, ValueError) as error:
        raise RnnkitError(
            "",
            f"no Ray cluster at {os.environ.get('RAY_ADDRESS', 'this machine')} ({error})",
            "Expected the address of one in RAY_ADDRESS",
            "Unset RAY_ADDRESS for a cluster of this machine alone",
            exit_code=TRY_AGAIN,
        ) from None


def _require_listener(address: str) -> None:
    """Checks that a server listens at HOST:PORT; Ray itself would try for many minutes.

    Raises:
        OSError: If none does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=SECONDS_TO_ANSWER).close()
