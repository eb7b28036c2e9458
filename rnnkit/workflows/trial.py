"""A short training to measure something, in a temporary run folder."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rnnkit.environment import describe_environment
from rnnkit.run import RunFolder
from rnnkit.storage import write_json
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.task import Task
from rnnkit.workflows.job import Job, build, make_fit

if TYPE_CHECKING:
    import keras

    from rnnkit.training.fit import Fit


class EnoughError(Exception):
    """Raised by a callback to end a trial."""


@contextmanager
def trial(task: Task, data: Prepared, network: Network) -> Iterator[Fit]:
    """A context with the loop of a training, in a temporary run folder.

    Args:
        task: The config.
        data: The data, whose batches may differ from those of the config.
        network: The description of the model.
    """
    with TemporaryDirectory(prefix="rnnkit-") as folder:
        run = RunFolder(Path(folder))
        write_json(run.environment, {**describe_environment(), "sample": False})
        job = Job(run, task, data, network, network.initial_weights(data))
        yield make_fit(job, build(job))


def run(fit: Fit, callback: keras.callbacks.Callback) -> None:
    """Trains until the callback has seen enough.

    Raises:
        KeyboardInterrupt: If Ctrl-C stopped it.
        SystemExit: If another signal stopped it.
    """
    try:
        stopped = fit.go([callback])
    except EnoughError:
        return
    if stopped is not None:
        raise KeyboardInterrupt if stopped == signal.SIGINT else SystemExit(128 + stopped)
