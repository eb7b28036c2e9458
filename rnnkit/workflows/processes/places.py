"""Which processes are started here: all of a training, or one that the command line or SLURM
names.
"""

from __future__ import annotations

import os
import re
import socket

from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.ranks.place import Place

PORTS = (61_440, 4_096)
"""Of SLURM's jobs: the first, and how many there are."""


def places_of(number: int, rank: int | None, coordinator: str | None, wait: int) -> list[Place]:
    """Those that are started here.

    Args:
        number: How many processes train.
        rank: Which one this is; None if the command line names none.
        coordinator: HOST:PORT of process 0; None likewise.
        wait: Seconds until all have to be there.

    Raises:
        RnnkitError: If these do not go together.
    """
    if rank is None and _is_of_slurm():
        place = _of_slurm(number, coordinator, wait)
        log.info(f"process {place.rank} of {number} by SLURM; process 0 is {place.coordinator}")
        return [place]
    if rank is None:
        address = coordinator or _free()
        places = [Place(number, one, address, wait) for one in range(number)]
    elif coordinator is None:
        got, expected = "no --coordinator", "Expected HOST:PORT where process 0 listens"
        hint = "Leave --process-id out to start all processes here"
        raise RnnkitError("--process-id", got, expected, hint)
    else:
        places = [Place(number, rank, coordinator, wait)]
    for place in places:
        place.require_valid()
    return places


def _free() -> str:
    """A free port of this machine, which no other machine reaches."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def _is_of_slurm() -> bool:
    """Whether `srun` started several of these."""
    return "SLURM_PROCID" in os.environ and os.environ.get("SLURM_STEP_NUM_TASKS", "1") != "1"


def _of_slurm(number: int, coordinator: str | None, wait: int) -> Place:
    tasks, rank = int(os.environ["SLURM_STEP_NUM_TASKS"]), int(os.environ["SLURM_PROCID"])
    if tasks != number:
        got, expected = f"{number}, but SLURM started {counted(tasks, 'task')}", f"Expected {tasks}"
        raise RnnkitError("--num-processes", got, expected)
    if coordinator is None:
        nodes = os.environ.get("SLURM_STEP_NODELIST") or os.environ.get("SLURM_JOB_NODELIST", "")
        port = PORTS[0] + int(os.environ.get("SLURM_JOB_ID", "0")) % PORTS[1]
        coordinator = f"{first_node(nodes) or socket.gethostname()}:{port}"
    place = Place(number, rank, coordinator, wait)
    place.require_valid()
    return place


def first_node(nodes: str) -> str:
    """The first of SLURM's list: "gpu07" of "gpu[07-09,12],cpu1"."""
    found = re.match(r"([^,\[\]]*)(?:\[([^\],-]*)[^\]]*\])?([^,\[\]]*)", nodes)
    return "".join(part or "" for part in found.groups()) if found else ""
