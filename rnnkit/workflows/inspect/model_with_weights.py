"""A model with its weights: those of a run, or the initial ones of a config."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnkit import backend
from rnnkit.names import CONFIG, find_config
from rnnkit.run import RunFolder
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Codec, Part, Source
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.job import Job, build
from rnnkit.workflows.trained import find_trained, open_run


@dataclass(frozen=True)
class Model:
    """A task with its codec, its network and weights.

    Args:
        place: The run or the config, for messages.
        task: The checked config.
        codec: What encodes its inputs.
        network: The description of the model, its loss and its metrics.
        weights: "layer/weight" to arrays.
    """

    place: str
    task: Task
    codec: Codec
    network: Network[Codec, Part]
    weights: dict[str, np.ndarray]


def trained_or_initial(name: str | None) -> Model:
    """Opens a run with its best weights, or a config with its initial ones.

    Args:
        name: A run's folder or name, a config's path, or a shipped config; None for the newest run.

    Raises:
        RnnkitError: If there is none, or it cannot be opened.
    """
    if name is not None:
        path = find_config(name, prefers_run=True)
        if not (path.name == CONFIG and RunFolder(path.parent).environment.is_file()):
            return _initial(str(path), load_task(path))
    run = find_trained(name)
    task, codec, _, weights = open_run(run)
    return Model(str(run), task, codec, task.network(codec), weights)


def _initial(place: str, task: Task) -> Model:
    """Builds the keras model, as the initial weights are random numbers of keras."""
    data = task.prepare(Source())
    network = task.network(data.codec)
    initial = network.initial_weights(data)
    backend.begin(backend.available())
    backend.select()
    from rnnkit.models.build import get_weights

    model = build(Job(RunFolder(Path(place).parent), task, data, network, initial))
    return Model(place, task, data.codec, network, get_weights(model, network.architecture))
