"""Runs a study in processes of a Ray cluster, whose machines share the drive of the runs."""

from __future__ import annotations

import pickle
from typing import Any

from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.training.interrupt import StopRequest
from rnnkit.workflows.ray_cluster import cluster
from rnnkit.workflows.sweep.jobs import SECONDS_BETWEEN_POLLS, Job, make_work, require_done
from rnnkit.workflows.sweep.plan import SweepOptions
from rnnkit.workflows.sweep.study import Study


def work_on_ray(options: SweepOptions, study: Study, limit: int) -> int | None:
    """Trains all trials of a study in processes of a Ray cluster: that of RAY_ADDRESS, else the one
    that runs on this machine, else a new one of this machine alone.

    Args:
        options: The options of the sweep.
        study: The study.
        limit: The largest number of processes.

    Returns:
        The signal that stopped them; None if none did.

    Raises:
        RnnkitError: If there is no such cluster, or a process ended before all trials were done.
    """
    with cluster() as ray:
        return _work(ray, options, study, limit)


def _work(ray: Any, options: SweepOptions, study: Study, limit: int) -> int | None:
    machines = [node for node in ray.nodes() if node["Alive"]]
    gpus = 0.0 if options.device == "cpu" else ray.cluster_resources().get("GPU", 0.0)
    count = min(study.plan.section.jobs or int(gpus) or len(machines), limit)
    share = -(-count // len(machines))
    places = f"{counted(len(machines), 'machine')}"
    log.info(f"{counted(count, 'process', 'processes')} on {places} of a Ray cluster")
    gpu = min(1.0, gpus / count)  # Ray hides GPUs that a process did not ask for
    remote = ray.remote(num_cpus=1, num_gpus=gpu, scheduling_strategy="SPREAD")(run_job)
    content = pickle.dumps(make_work(options, study))
    with StopRequest() as request:
        calls = [remote.remote(content, share) for _ in range(count)]
        running = list(calls)
        while running and not request.signal:
            _, running = ray.wait(running, num_returns=len(running), timeout=SECONDS_BETWEEN_POLLS)
        if request.signal:
            for call in running:
                ray.cancel(call)  # like Ctrl-C there: the process saves and stops
        statuses = [_status(ray, call) for call in calls]
    if request.signal:
        return request.signal
    require_done(study, statuses)
    return None


def _status(ray: Any, call: Any) -> int:
    """The exit status of a process, once it ends; 1 if its machine is gone."""
    try:
        return int(ray.get(call))
    except ray.exceptions.RayError as error:
        log.warning(f"Ray: {str(error).partition(chr(10))[0]}")
        return 1


def run_job(content: bytes, share: int) -> int:
    """Works on a study in a process of this machine; Ray calls it on machines of the cluster.

    Args:
        content: The pickled `Work`.
        share: How many such processes share the machine.

    Returns:
        The exit status of the process.
    """
    job = Job(content, share)
    try:
        while (status := job.wait(SECONDS_BETWEEN_POLLS)) is None:
            pass
        return status
    finally:  # cancelled: the process saves and stops
        job.stop()
        job.wait()
