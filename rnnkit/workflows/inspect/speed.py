"""The kernel that computes each recurrent layer on this machine, and settings that prevent a faster
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rnnkit import backend, kernels
from rnnkit.architecture import Architecture, Layer
from rnnkit.cells import RecurrentSpec
from rnnkit.cells.choice import Choice
from rnnkit.cells.trained import TrainedSpec
from rnnkit.engine import fused
from rnnkit.engine.forward import Engine
from rnnkit.workflows.buckets import describe_widths, resolve_num_buckets
from rnnkit.workflows.inspect.model import load_with_data
from rnnkit.workflows.lazy import lazy_advice


@dataclass(frozen=True)
class LayerSpeed:
    """The kernels of one recurrent layer.

    Args:
        name: The layer's.
        kind: As a config names it.
        training: The kernel of its steps in training.
        on_gpu: The kernel that keras would use on a GPU.
        precision: The floating-point type of training.
        answers: What computes predictions: "kernel", "numpy" or "keras".
    """

    name: str
    kind: str
    training: Choice
    on_gpu: Choice
    precision: str
    answers: str


@dataclass(frozen=True)
class Speed:
    """The recurrent layers of a model, and the devices and kernels of this machine.

    Args:
        backend: tensorflow or jax.
        gpus: The GPUs that it sees.
        instruction_set: The instruction set of the compiled kernels; "" if there are none.
        threads: The number of threads of a kernel.
        layers: The recurrent layers.
        advice: A line for each setting that would make a step of training faster.
        widths: The widths of the batches, which `train.num_buckets` decides, and their share of
            padding, in words; None of a run, whose data are not read, and where all have one.
    """

    backend: str
    gpus: list[str]
    instruction_set: str
    threads: int
    layers: list[LayerSpeed]
    advice: list[str]
    widths: str | None


def speed(
    name: str,
    overrides: Sequence[str] = (),
    *,
    device: str = "auto",
    backend_name: str | None = None,
) -> Speed:
    """The kernels that would train the model of a config or a run on this machine, by the rule that
    builds it.

    Args:
        name: A run's folder or name, a config's path, or the name of a shipped config.
        overrides: Assignments such as "train.kernel=keras".
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.

    Raises:
        RnnkitError: If there is none, it is not valid, or no backend is installed.
    """
    backend.available(backend_name)
    task, architecture, data = load_with_data(name, overrides)
    backend.select(backend_name, device)
    answered_by_keras = bool(Engine.unsupported(architecture))
    layers = [
        LayerSpeed(
            layer.name,
            layer.kind,
            spec.choose_kernel(),
            spec.choose_on_gpu(),
            _precision(spec, task.train.precision),
            _answers(spec, answered_by_keras),
        )
        for layer, spec in recurrent_layers(architecture.for_training(task.train.kernel))
    ]
    instruction_set = kernels.instruction_set() if kernels.is_available() else ""
    advice = lazy_advice(architecture, task.train)
    return Speed(
        backend.current(),
        backend.gpus(),
        instruction_set,
        kernels.threads(),
        layers,
        advice,
        describe_widths(resolve_num_buckets(task, data)[1].train) if data else None,
    )


def recurrent_layers(architecture: Architecture) -> Iterator[tuple[Layer, RecurrentSpec]]:
    """The recurrent layers, including those inside other layers."""
    for layer in architecture.all_layers:
        if isinstance(layer.spec, RecurrentSpec):
            yield layer, layer.spec
        if inner := layer.spec.inner():
            for nested, spec in recurrent_layers(inner):
                yield replace(nested, name=f"{layer.name}/{nested.name}"), spec


def require_kernels(architecture: Architecture) -> None:
    """Raises an error for a layer that no kernel computes here, if `train.kernel` requires kernels.

    Args:
        architecture: The layers as they will be trained.

    Raises:
        RnnkitError: If there is one.
    """
    for _, spec in recurrent_layers(architecture):
        if isinstance(spec, TrainedSpec):
            spec.is_fused()


def _precision(spec: RecurrentSpec, configured: str) -> str:
    return "float32" if isinstance(spec, TrainedSpec) and spec.is_full() else configured


def _answers(spec: RecurrentSpec, by_keras: bool) -> str:
    if by_keras:
        return "keras"
    return "kernel" if fused.kernel(spec) else "numpy"
