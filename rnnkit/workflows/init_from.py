"""What a training reuses from another run: its vocabulary and its weights (`--init-from`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnnkit.architecture import Architecture, InputSpec
from rnnkit.errors import RnnkitError
from rnnkit.models.layers.embedding import Embedding
from rnnkit.progress import log
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Codec
from rnnkit.tasks.task import RecurrentModel, Task
from rnnkit.workflows.trained import find_trained, open_run


@dataclass(frozen=True)
class InitialRun:
    """The run that a training starts from.

    Args:
        run: Its folder.
        codec: Its vocabulary and labels.
        weights: Its best weights, by "layer/weight".
    """

    run: RunFolder
    codec: Codec
    weights: dict[str, np.ndarray]


def open_initial_run(name: str, task: Task) -> InitialRun:
    """The run whose vocabulary and weights a training of `task` starts from.

    Raises:
        RnnkitError: If it is a run of another task, or reads its data differently.
    """
    run = find_trained(name)
    other, _, _, weights = open_run(run)
    if other.kind() != task.kind():
        got = f"{run} is a {other.kind()} run"
        raise RnnkitError("--init-from", got, f"Expected a {task.kind()} run", "Name another run")
    inputs = [_input_name(other), _input_name(task)]
    if inputs[0] != inputs[1]:
        got = f"{run} reads its data by {inputs[0]}, the config by {inputs[1]}"
        hint = f"Start from {run.config}"
        raise RnnkitError("--init-from", got, "Expected the same model.embedding", hint)
    _require_same_tokenizers(run, other, task)
    return InitialRun(run, task.load_codec(run), weights)  # read as the new config says


def _first_layer(task: Task) -> InputSpec | None:
    model = getattr(task, "model", None)
    return model.embedding if isinstance(model, RecurrentModel) else None


def _input_name(task: Task) -> str:
    return name_of("input", type(_first_layer(task)))


def _require_same_tokenizers(run: RunFolder, other: Task, task: Task) -> None:
    for key, tokenizer in other.tokenizers().items():
        new = task.tokenizers()[key]
        if tokenizer == new:
            continue
        kinds = [name_of("tokenizer", type(spec)) for spec in (tokenizer, new)]
        got = f"{run} has other settings of {kinds[0]}"
        if kinds[0] != kinds[1]:
            got = f"{run} tokenizes by {kinds[0]}, the config by {kinds[1]}"
        expected = f"Expected the same {key}: the vocabulary is reused"
        raise RnnkitError("--init-from", got, expected, f"Start from {run.config}")


def transferred_weights(
    initial: InitialRun, task: Task, codec: Codec, architecture: Architecture
) -> dict[str, np.ndarray]:
    """The weights of another run for a new model. Layers whose inputs or outputs mean something
    else start anew, with a remark.

    Args:
        initial: The other run.
        task: The new task.
        codec: The codec of the new task's data.
        architecture: The layers of the new model.

    Raises:
        RnnkitError: If the layers differ.
    """
    new_layers = task.new_layers(initial.codec, codec)
    weights = {
        name: values for name, values in initial.weights.items() if not _is_of(name, new_layers)
    }
    shapes = {
        name: shape
        for name, shape in architecture.weight_shapes().items()
        if not _is_of(name, new_layers)
    }
    for name in sorted(shapes.keys() | weights.keys()):
        shape = weights[name].shape if name in weights else None
        if shape != shapes.get(name):
            missing = "no such weight"
            got = (
                f"{name}: {initial.run} has {shape or missing}, the config"
                f" {shapes.get(name) or missing}"
            )
            hint = f"Start from {initial.run.config}"
            raise RnnkitError("--init-from", got, "Expected the same layers", hint)
    log.info(f"weights and vocabulary of {initial.run}")
    for layer, reason in new_layers.items():
        log.info(f"the layer {layer} starts anew, the others from {initial.run}: {reason}")
    first = _first_layer(task)
    if isinstance(first, Embedding) and (first.path or first.from_texts):
        unused = first.path or "the training texts"
        log.info(
            f"{first.place}: the vectors are those of {initial.run} too; no vectors from {unused}"
        )
    return weights


def _is_of(weight: str, layers: Iterable[str]) -> bool:
    return any(weight.startswith(f"{layer}/") for layer in layers)
