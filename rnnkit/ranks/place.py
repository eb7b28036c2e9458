"""Which of several processes this is, and where they meet."""

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
        number: How many processes there are.
        rank: Which one this is, from 0; 0 alone writes.
        coordinator: HOST:PORT of process 0.
        wait: Seconds until all have to be there.
    """

    number: int
    rank: int
    coordinator: str
    wait: int = USUAL_WAIT

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of process 0.

        Raises:
            RnnkitError: If `coordinator` names none.
        """
        found = _ADDRESS.fullmatch(self.coordinator)
        port = int(found["port"]) if found else 0
        if found is None or not 0 < port < 65536:
            expected = "Expected HOST:PORT of process 0, such as 10.0.0.1:29400"
            raise RnnkitError(COORDINATOR, f"found {self.coordinator!r}", expected)
        return found["v6"] or found["host"], port

    def require_sound(self) -> None:
        """The numbers go together.

        Raises:
            RnnkitError: If they do not.
        """
        if not 0 <= self.rank < self.number:
            got = f"{self.rank} of {self.number} processes"
            expected = f"Expected a number from 0 to {self.number - 1}"
            raise RnnkitError("--process-id", got, expected, "Processes are counted from 0")
        _ = self.address
