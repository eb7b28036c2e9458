"""The rank of a process, and the address where the processes meet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rnnkit.errors import RnnkitError

USUAL_WAIT = 300  # seconds
COORDINATOR = "--coordinator"

_ADDRESS = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:\[\]/]+)):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True)
class Place:
    """The place of a process among those that train one model.

    Args:
        number: The number of processes.
        rank: The rank of this one, from 0; only process 0 writes files.
        coordinator: HOST:PORT where process 0 listens.
        wait: The seconds within which all must connect.
    """

    number: int
    rank: int
    coordinator: str
    wait: int = USUAL_WAIT

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of process 0.

        Raises:
            RnnkitError: If `coordinator` is not HOST:PORT.
        """
        found = _ADDRESS.fullmatch(self.coordinator)
        port = int(found["port"]) if found else 0
        if found is None or not 0 < port < 65536:
            expected = "Expected HOST:PORT of process 0, such as 10.0.0.1:29400"
            raise RnnkitError(COORDINATOR, f"found {self.coordinator!r}", expected)
        return found["v6"] or found["host"], port

    def require_valid(self) -> None:
        """Checks rank and address.

        Raises:
            RnnkitError: If one of them is wrong.
        """
        if not 0 <= self.rank < self.number:
            got = f"{self.rank} of {self.number} processes"
            expected = f"Expected a number from 0 to {self.number - 1}"
            raise RnnkitError("--process-id", got, expected, "Processes are counted from 0")
        _ = self.address
