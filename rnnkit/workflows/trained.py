"""A trained run, loaded for inference: by NumPy if it supports every layer, else by keras."""

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
Library = Literal["numpy", "onnx", "keras"]
CapabilityT = TypeVar("CapabilityT", bound=Capability)


@dataclass(frozen=True)
class Trained:
    """A run with everything that inference needs.

    Args:
        run: The run folder.
        task: The checked config, an instance of its task's class.
        architecture: The resolved layers.
        predictor: The predictor, with the codec and the outputs of the model.
        answers: The library that computes the answers.
    """

    run: RunFolder
    task: Task
    architecture: Architecture
    predictor: Predictor
    answers: Library


def find_trained(name: str | None, capability: type[Capability] | None = None) -> RunFolder:
    """Finds a trained run by name, or the newest one with a capability.

    Args:
        name: A run's folder or name; None for the newest.
        capability: A capability that its predictor must have.

    Raises:
        RnnkitError: If there is no such run, or it lacks the capability.
    """
    if name is None:
        if capability is None:
            return newest_run(lambda run: True)
        return newest_run(
            lambda run: _has_capability(run, capability), capability.does, capability.example
        )
    run = find_run(name)
    run.load_manifest()
    if capability is not None and not _has_capability(run, capability):
        raise _lacks_capability(run, task_of(run), capability)
    return run


def capable(trained: Trained, capability: type[CapabilityT]) -> CapabilityT:
    """Returns the predictor of a run, checked to have a capability.

    Raises:
        RnnkitError: If it lacks the capability.
    """
    if isinstance(trained.predictor, capability):
        return trained.predictor
    raise _lacks_capability(trained.run, trained.task, capability)


def _has_capability(run: RunFolder, capability: type[Capability]) -> bool:
    return issubclass(task_of(run).predictor_class(), capability)


def _lacks_capability(run: RunFolder, task: Task, capability: type[Capability]) -> RnnkitError:
    expected = f"Expected a run that {capability.does}"
    return RnnkitError(
        str(run),
        f"a {task.kind()} run",
        expected,
        f"Name another run, or train one, such as `rnnkit train {capability.example}`",
    )


def load_trained(run: RunFolder) -> Trained:
    """Loads a run for inference; a framework is imported only if NumPy does not support one of its
    layers, or the user chose keras.

    Raises:
        RnnkitError: If the run is damaged or not trained.
    """
    task, codec, architecture, weights = open_run(run)
    with at(str(run)):
        outputs = outputs_of(architecture, weights)
    predictor = task.predictor(codec, outputs)
    libraries: dict[type, Library] = {Engine: "numpy", KerasOutputs: "keras"}
    answers = libraries.get(type(outputs), "onnx")
    return Trained(run, task, architecture, predictor, answers)


def open_run(run: RunFolder) -> tuple[Task, Codec, Architecture, Weights]:
    """Loads and checks the task, codec, layers and best weights of a run.

    Raises:
        RnnkitError: If the run is damaged or not trained.
    """
    run.load_manifest()
    task = task_of(run)
    codec = task.load_codec(run)
    architecture = task.network(codec).architecture
    expected, unlisted = architecture.weight_shapes(), architecture.unlisted_layers()
    return task, codec, architecture, run.load_weights(expected, unlisted)
