"""JAX on the devices of several processes."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from rnnkit import process
from rnnkit.ranks.connection import Connection
from rnnkit.ranks.meeting import LostError, Meeting
from rnnkit.ranks.place import Place

HEARTBEAT_SECONDS = 10
"""A process that is silent for longer than this counts as dead, and the others end."""


class Joined(Meeting):
    """Processes that have met, and whose devices JAX knows.

    Args:
        place: The place of this process.
        connections: As in Meeting.
        on_run: Called with the name of the run.
    """

    def __init__(
        self, place: Place, connections: Mapping[int, Connection], on_run: Callable[[str], None]
    ):
        super().__init__(place, connections)
        self._on_run = on_run

    def tell_run(self, run: str) -> None:
        if self.rank == 0:
            self._on_run(run)  # before the exchange, during which another process may vanish
        self._on_run(self.exchange(run)[0])

    def leave(self) -> None:
        """Parts the processes, all at the same time; each continues alone."""
        import jax

        jax.distributed.shutdown()
        process.set_waits_at_exit(False)
        self.close()


def join(meeting: Meeting, on_run: Callable[[str], None]) -> Joined:
    """Makes the devices of all processes known to JAX, before it computes anything.

    Args:
        meeting: The processes.
        on_run: Called with the name of the run, once there is one.
    """
    import jax

    place = meeting.place
    # JAX's preemption service would handle SIGTERM itself.
    jax.config.update("jax_enable_preemption_service", False)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.config.update("jax_check_proxy_envs", False)
    os.environ.setdefault("no_grpc_proxy", place.address[0])
    jax.distributed.initialize(
        place.coordinator,
        place.number,
        place.rank,
        initialization_timeout=place.wait,
        coordinator_bind_address=place.coordinator if place.rank == 0 else None,
        heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
        shutdown_timeout_seconds=HEARTBEAT_SECONDS,
    )
    process.set_waits_at_exit(True)
    with _messages_at(_own_address(place)), _silent():
        jax.devices()
        _greet(place.number)
    return Joined(place, meeting.connections, on_run)


def is_loss(error: BaseException) -> bool:
    """Whether an error means that another process is gone."""
    if isinstance(error, LostError):
        return True
    words = ("gloo", "nccl", "coordination service", "connection reset", "heartbeat")
    return isinstance(error, ValueError | RuntimeError) and any(
        word in str(error).lower() for word in words
    )


def _greet(number: int) -> None:
    """The first message among all processes, which gloo announces on standard output."""
    from jax.experimental import multihost_utils

    assert len(multihost_utils.process_allgather(1)) == number


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Hides what a library writes to standard output."""
    sys.stdout.flush()
    shown = os.dup(1)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(shown, 1)
        os.close(shown)


def _own_address(place: Place) -> str:
    """The address of this machine as process 0 sees it; the loopback's if there is no other."""
    host, port = place.address
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(address)  # sends nothing
        return str(probe.getsockname()[0])


@contextlib.contextmanager
def _messages_at(address: str) -> Iterator[None]:
    """Makes gloo, which carries JAX's messages between CPUs, listen at this address: by itself it
    takes that of the machine's name, whatever JAX is configured to use.
    """
    from jax._src import xla_bridge

    library: Any = xla_bridge._jax
    of_jax = library.make_gloo_tcp_collectives
    library.make_gloo_tcp_collectives = partial(of_jax, hostname=address)
    try:
        yield
    finally:
        library.make_gloo_tcp_collectives = of_jax
