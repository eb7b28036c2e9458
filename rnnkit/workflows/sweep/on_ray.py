"""The processes of a study on a Ray cluster, whose machines share the drive of the runs."""

from __future__ import annotations

import pickle
from typing import Any

from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.training.interrupt import StopRequest
from rnnkit.workflows.ray_cluster import cluster
from rnnkit.workflows.sweep.jobs import SECONDS_BETWEEN_LOOKS, Job, require_done, work_of
from rnnkit.workflows.sweep.plan import SweepOptions
from rnnkit.workflows.sweep.study import Study


def work_on_ray(options: SweepOptions, study: Study, most: int) -> int | None:
    """Trains all trials of a study in processes of a Ray cluster: that of RAY_ADDRESS, else the one
    that runs on this machine, else a new one of this machine alone.

    Args:
        options: The options of the sweep.
        study: The study.
        most: How many processes have something to do.

    Returns:
        The signal that stopped them; None if none did.

    Raises:
        RnnkitError: If there is no such cluster, or the work ended before all of it was done.
    """
    with cluster() as ray:
        return _work(ray, options, study, most)


def _work(ray: Any, options: SweepOptions, study: Study, most: int) -> int | None:
    machines = [node for node in ray.nodes() if node["Alive"]]
    gpus = 0.0 if options.device == "cpu" else ray.cluster_resources().get("GPU", 0.0)
    count = min(study.plan.section.jobs or int(gpus) or len(machines), most)
    share = -(-count // len(machines))  # of one machine's processors
    places = f"{counted(len(machines), 'machine')}"
    log.info(f"{counted(count, 'process', 'processes')} on {places} of a Ray cluster")
    gpu = min(1.0, gpus / count)  # Ray shows a process those that it asks for
    remote = ray.remote(num_cpus=1, num_gpus=gpu, scheduling_strategy="SPREAD")(run_job)
    content = pickle.dumps(work_of(options, study))
    with StopRequest() as request:
        waiting = [remote.remote(content, share) for _ in range(count)]
        every = list(waiting)
        while waiting and not request.signal:
            _, waiting = ray.wait(waiting, num_returns=len(waiting), timeout=SECONDS_BETWEEN_LOOKS)
        if request.signal:
            for one in waiting:
                ray.cancel(one)  # as Ctrl-C there, so that it saves
        statuses = [_status(ray, one) for one in every]
    if request.signal:
        return request.signal
    require_done(study, statuses)
    return None


def _status(ray: Any, called: Any) -> int:
    """The exit status of a process, once it ends; 1 for one whose machine is gone."""
    try:
        return int(ray.get(called))
    except ray.exceptions.RayError as error:
        log.warning(f"Ray: {str(error).partition(chr(10))[0]}")
        return 1


def run_job(content: bytes, share: int) -> int:
    """What Ray calls on a machine of the cluster: a process of its own works there.

    Args:
        content: Its work.
        share: How many of them share a machine.
    """
    job = Job(content, share)
    try:
        while (status := job.wait(SECONDS_BETWEEN_LOOKS)) is None:
            pass
        return status
    finally:  # cancelled: it saves, and stops
        job.stop()
        job.wait()
