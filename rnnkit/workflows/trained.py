"""A saved run, opened to answer: by NumPy if it knows every layer, else by keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError, at
from rnnkit.names import find_run, newest_run
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import Capability
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.prepared import Codec
from rnnkit.tasks.task import Task, task_of
from rnnkit.workflows.engines import outputs_of
from rnnkit.workflows.keras_outputs import KerasOutputs

Weights = dict[str, np.ndarray]
Answering = Literal["numpy", "onnx", "keras"]
Able = TypeVar("Able", bound=Capability)


@dataclass(frozen=True)
class Trained:
    """A run with everything that answering needs.

    Args:
        run: Its folder.
        task: Its checked config, an instance of its task's class.
        architecture: Its resolved list of layers.
        predictor: The predictor, with the codec and the model's outputs.
        answers: The library that computes the answers.
    """

    run: RunFolder
    task: Task
    architecture: Architecture
    predictor: Predictor
    answers: Answering


def find_trained(name: str | None, capability: type[Capability] | None = None) -> RunFolder:
    """The run of a name, or the newest trained run with a capability.

    Args:
        name: A run's folder or name; None for the newest.
        capability: A capability that its predictor must have.

    Raises:
        RnnkitError: If there is no such run, or it lacks the capability.
    """
    if name is None:
        if capability is None:
            return newest_run(lambda run: True)
        return newest_run(lambda run: _can(run, capability), capability.does, capability.example)
    run = find_run(name)
    run.load_manifest()
    if capability is not None and not _can(run, capability):
        raise _cannot(run, task_of(run), capability)
    return run


def capable(trained: Trained, capability: type[Able]) -> Able:
    """A run's predictor as one with a capability.

    Raises:
        RnnkitError: If it lacks the capability.
    """
    if isinstance(trained.predictor, capability):
        return trained.predictor
    raise _cannot(trained.run, trained.task, capability)


def _can(run: RunFolder, capability: type[Capability]) -> bool:
    return issubclass(task_of(run).predictor_class(), capability)


def _cannot(run: RunFolder, task: Task, capability: type[Capability]) -> RnnkitError:
    expected = f"Expected a run that {capability.does}"
    return RnnkitError(
        str(run),
        f"a {task.kind()} run",
        expected,
        f"Name another run, or train one, such as `rnnkit train {capability.example}`",
    )


def load_trained(run: RunFolder) -> Trained:
    """Opens a run, without importing a framework unless NumPy lacks a layer of it, or the user
    chose keras.

    Raises:
        RnnkitError: If the run is not trained or damaged.
    """
    task, codec, architecture, weights = open_run(run)
    with at(str(run)):
        outputs = outputs_of(architecture, weights)
    predictor = task.predictor(codec, outputs)
    kinds: dict[type, Answering] = {Engine: "numpy", KerasOutputs: "keras"}
    answers = kinds.get(type(outputs), "onnx")
    return Trained(run, task, architecture, predictor, answers)


def open_run(run: RunFolder) -> tuple[Task, Codec, Architecture, Weights]:
    """A run's task, codec, layers and best weights, all checked.

    Raises:
        RnnkitError: If the run is not trained or damaged.
    """
    run.load_manifest()
    task = task_of(run)
    codec = task.load_codec(run)
    architecture = task.network(codec).architecture
    expected, unlisted = architecture.weight_shapes(), architecture.unlisted_layers()
    return task, codec, architecture, run.load_weights(expected, unlisted)
