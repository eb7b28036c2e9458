"""Processes that train together on the machines of a Ray cluster, which share the drive of the
runs.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnkit.environment import require
from rnnkit.errors import TRY_AGAIN, RnnkitError, at
from rnnkit.progress import log, to_stderr
from rnnkit.quantities import counted
from rnnkit.ranks.place import Place
from rnnkit.run import runs_folder
from rnnkit.training.interrupt import StopRequest
from rnnkit.workflows.processes.endings import Ended, Ending, Kind, merged
from rnnkit.workflows.processes.launch import watch
from rnnkit.workflows.ray_cluster import cluster

OPTION = "--launcher ray"
POLL_SECONDS = 0.3
SETTINGS = ("RNNKIT_", "KERAS_", "JAX_", "XLA_", "PYTHONPATH")
"""Prefixes of the environment variables that processes of other machines receive."""


def launch_on_ray(number: int, words: Sequence[str], *, wait: int, gpu: bool, again: str) -> int:
    """Starts processes on a cluster, waits for them, and returns the exit code.

    Args:
        number: The number of processes.
        words: The arguments of `rnnkit`, with `train` first.
        wait: The seconds to wait for room on the cluster, and for the processes to connect.
        gpu: Whether each has a GPU.
        again: The options of a command that resumes the training, for messages.

    Raises:
        RnnkitError: If there is no cluster, or a process is lost.
    """
    with at("--launcher"):
        require("ray", "ray")
    with cluster() as ray:
        from ray.util.placement_group import placement_group, remove_placement_group

        needs = {"CPU": 1.0, **({"GPU": 1.0} if gpu else {})}
        group = placement_group([needs] * number, strategy="SPREAD")
        try:
            ray.get(group.ready(), timeout=wait)
            log.info(f"{counted(number, 'process', 'processes')} on a Ray cluster")
            return _train(ray, group, number, words, wait, again)
        except ray.exceptions.GetTimeoutError:
            got = f"no room for {counted(number, 'process', 'processes')} within {wait} s"
            expected = "Expected a free processor for each" + (", and a GPU" if gpu else "")
            raise RnnkitError(OPTION, got, expected, exit_code=TRY_AGAIN) from None
        finally:
            remove_placement_group(group)


def _train(ray: Any, group: Any, number: int, words: Sequence[str], wait: int, again: str) -> int:
    from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

    def remote(function: Any, rank: int) -> Any:
        strategy = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=rank)
        return ray.remote(num_cpus=1, max_retries=0, scheduling_strategy=strategy)(function)

    settings = {name: text for name, text in os.environ.items() if name.startswith(SETTINGS)}
    settings["RNNKIT_RUNS"] = str(runs_folder().absolute())
    coordinator = ray.get(remote(free_address, 0).remote())
    common = {"words": list(words), "again": again, "settings": settings, "folder": str(Path.cwd())}
    with StopRequest() as request:
        calls = [
            remote(work, rank).remote(Place(number, rank, coordinator, wait), **common)
            for rank in range(number)
        ]
        running = list(calls)
        while running and not request.signal:
            _, running = ray.wait(running, num_returns=len(running), timeout=POLL_SECONDS)
        for call in running:
            # its standard input is closed, whereupon it stops as if this machine were gone
            ray.cancel(call, force=True)
        ended = merged([_ended(ray, call, rank) for rank, call in enumerate(calls)])
    if request.signal:
        return 128 + request.signal
    return ended.code


def _ended(ray: Any, call: Any, rank: int) -> Ended:
    """How a process ended, once it has."""
    try:
        return ray.get(call)
    except ray.exceptions.RayError as error:
        reason = f"process {rank} is lost ({str(error).strip().partition(chr(10))[0]})"
        return Ended([Ending(rank, Kind.KILLED, TRY_AGAIN, reason)])


def free_address() -> str:
    """A free HOST:PORT of this machine that the other machines of its Ray cluster reach."""
    import ray

    host = str(ray.util.get_node_ip_address())
    with socket.create_server((host, 0)) as listener:
        return f"{host}:{listener.getsockname()[1]}"


def work(
    place: Place, *, words: list[str], again: str, settings: dict[str, str], folder: str
) -> Ended:
    """Starts one process of the training and waits for it; Ray calls it on each machine.

    Args:
        place: The place of the process.
        words: The arguments of `rnnkit`, with `train` first.
        again: The options of a command that resumes the training, for messages.
        settings: Environment variables.
        folder: The working directory.
    """
    os.environ.update(settings)
    os.chdir(folder)
    to_stderr()
    return watch([place], words, again)
