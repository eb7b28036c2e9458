"""Checks that this machine has the memory and processors for the processes to start."""

from __future__ import annotations

from rnnkit.errors import RnnkitError
from rnnkit.platform.memory import machine_memory
from rnnkit.platform.processes import processors
from rnnkit.progress import log
from rnnkit.quantities import byte_size, counted
from rnnkit.workflows.processes.training_call import OPTION

FRAMEWORK = 400_000_000
"""The bytes of a process with keras and JAX before it reads data: 412 MB measured."""


def require_capacity(number: int) -> None:
    """Checks that the memory of this machine suffices for the frameworks of all processes; warns if
    too little of it is free now, or if the processes have to share processors.

    Args:
        number: The number of processes to start here.

    Raises:
        RnnkitError: If they need more memory than this machine has.
    """
    machine, cores = machine_memory(), processors()
    needed = number * FRAMEWORK
    got = f"{number} processes take at least {byte_size(needed)} of memory for the framework alone"
    if machine is not None and needed > machine.total:
        fitting = max(1, machine.total // FRAMEWORK)
        expected = f"Expected at most {fitting}: this machine has {byte_size(machine.total)}"
        hint = f"Write `{OPTION} {min(fitting, cores)}`, as many as there are processors"
        raise RnnkitError(OPTION, got, expected, hint)
    if machine is not None and needed > machine.available:
        log.warning(f"{OPTION}: {got}, and only {byte_size(machine.available)} are free now")
    if number > cores:
        shared = counted(cores, "processor")
        log.warning(f"{OPTION}: {number} processes share {shared}, and wait for each other")
