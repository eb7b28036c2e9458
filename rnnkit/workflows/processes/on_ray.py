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
from rnnkit.workflows.processes.endings import Ended, Ending, Kind, together
from rnnkit.workflows.processes.launch import watch
from rnnkit.workflows.ray_cluster import cluster

OPTION = "--launcher ray"
LOOK_SECONDS = 0.3
SETTINGS = ("RNNKIT_", "KERAS_", "JAX_", "XLA_", "PYTHONPATH")
"""What a process of another machine gets of this one's environment."""


def launch_on_ray(number: int, words: Sequence[str], *, wait: int, gpu: bool, again: str) -> int:
    """Starts processes on a cluster, waits for them, and gives the exit code of the first.

    Args:
        number: How many processes.
        words: The call of `rnnkit train`, without `rnnkit`.
        wait: Seconds until the cluster has room for all of them, and all have met.
        gpu: Whether each has a GPU.
        again: Options that a resumed training needs.

    Raises:
        RnnkitError: If there is no cluster, or one of them is lost.
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
        where = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=rank)
        return ray.remote(num_cpus=1, max_retries=0, scheduling_strategy=where)(function)

    settings = {name: text for name, text in os.environ.items() if name.startswith(SETTINGS)}
    settings["RNNKIT_RUNS"] = str(runs_folder().absolute())
    coordinator = ray.get(remote(free_address, 0).remote())
    common = {"words": list(words), "again": again, "settings": settings, "folder": str(Path.cwd())}
    with StopRequest() as request:
        every = [
            remote(work, rank).remote(Place(number, rank, coordinator, wait), **common)
            for rank in range(number)
        ]
        left = list(every)
        while left and not request.signal:
            _, left = ray.wait(left, num_returns=len(left), timeout=LOOK_SECONDS)
        for one in left:
            # its process hears it by its standard input, as when this machine is gone
            ray.cancel(one, force=True)
        ended = together([_ended(ray, one, rank) for rank, one in enumerate(every)])
    if request.signal:
        return 128 + request.signal
    return ended.code


def _ended(ray: Any, called: Any, rank: int) -> Ended:
    """What a process ended with."""
    try:
        return ray.get(called)
    except ray.exceptions.RayError as error:
        what = f"process {rank} is lost ({str(error).strip().partition(chr(10))[0]})"
        return Ended([Ending(rank, Kind.KILLED, TRY_AGAIN, what)])


def free_address() -> str:
    """HOST:PORT of the machine that Ray calls this on, which others of its cluster reach."""
    import ray

    host = str(ray.util.get_node_ip_address())
    with socket.create_server((host, 0)) as listener:
        return f"{host}:{listener.getsockname()[1]}"


def work(
    place: Place, *, words: list[str], again: str, settings: dict[str, str], folder: str
) -> Ended:
    """What Ray calls on a machine: it starts one process of the training, and watches it.

    Args:
        place: Which one.
        words: As in `watch`, and so is `again`.
        again: Options that a resumed training needs.
        settings: The settings of the environment.
        folder: The folder to which paths are relative.
    """
    os.environ.update(settings)
    os.chdir(folder)
    to_stderr()
    return watch([place], words, again)
