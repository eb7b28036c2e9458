"""The places of the processes to start here: all of a training, or one that the command line or
SLURM chooses.
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
"""The first port for SLURM's jobs, and the number of ports."""
STEPS = 509
"""The distance between the ports of two steps of a job: a prime, so that they differ."""


def places_of(number: int, rank: int | None, coordinator: str | None, wait: int) -> list[Place]:
    """The places of the processes to start here.

    Args:
        number: The number of processes of the training.
        rank: The rank of the process to start; None for all, or for the one of SLURM's task.
        coordinator: HOST:PORT of process 0; None to choose it.
        wait: The seconds to wait for the processes to connect.

    Raises:
        RnnkitError: If the arguments contradict each other or SLURM.
    """
    if rank is None and _is_slurm_task():
        place = _slurm_place(number, coordinator, wait)
        log.info(f"process {place.rank} of {number} by SLURM; process 0 is {place.coordinator}")
        return [place]
    if rank is None:
        address = coordinator or _free_address()
        places = [Place(number, rank, address, wait) for rank in range(number)]
    elif coordinator is None:
        got, expected = "no --coordinator", "Expected HOST:PORT where process 0 listens"
        hint = "Leave --process-id out to start all processes here"
        raise RnnkitError("--process-id", got, expected, hint)
    else:
        places = [Place(number, rank, coordinator, wait)]
    for place in places:
        place.require_valid()
    return places


def _free_address() -> str:
    """A free HOST:PORT that only this machine reaches."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def _is_slurm_task() -> bool:
    """Whether `srun` started several tasks, of which this process is one."""
    return "SLURM_PROCID" in os.environ and os.environ.get("SLURM_STEP_NUM_TASKS", "1") != "1"


def _slurm_place(number: int, coordinator: str | None, wait: int) -> Place:
    tasks, rank = _whole_number("SLURM_STEP_NUM_TASKS"), _whole_number("SLURM_PROCID")
    if tasks != number:
        got, expected = f"{number}, but SLURM started {counted(tasks, 'task')}", f"Expected {tasks}"
        raise RnnkitError("--num-processes", got, expected)
    if coordinator is None:
        nodes = os.environ.get("SLURM_STEP_NODELIST") or os.environ.get("SLURM_JOB_NODELIST", "")
        steps = STEPS * _whole_number("SLURM_STEP_ID")  # of one job, which may run side by side
        port = PORTS[0] + (_whole_number("SLURM_JOB_ID") + steps) % PORTS[1]
        coordinator = f"{first_node(nodes) or socket.gethostname()}:{port}"
    place = Place(number, rank, coordinator, wait)
    place.require_valid()
    return place


def _whole_number(variable: str) -> int:
    """The value of one of SLURM's variables; 0 if it is not set.

    Raises:
        RnnkitError: If it is not a whole number.
    """
    text = os.environ.get(variable, "0")
    if re.fullmatch(r"\d{1,10}", text, re.ASCII):
        return int(text)
    raise RnnkitError(variable, f"found {text[:50]!r}", "Expected a whole number, as srun sets it")


def first_node(nodes: str) -> str:
    """The first node of SLURM's list: "gpu07" of "gpu[07-09,12],cpu1"."""
    match = re.match(r"([^,\[\]]*)(?:\[([^\],-]*)[^\]]*\])?([^,\[\]]*)", nodes)
    return "".join(part or "" for part in match.groups()) if match else ""
