"""Transfer from another run (`--init-from`): its vocabulary and its weights."""

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
    """The run that a training is initialized from.

    Args:
        run: Its folder.
        codec: Its vocabulary and labels.
        weights: Its best weights, by "layer/weight".
    """

    run: RunFolder
    codec: Codec
    weights: dict[str, np.ndarray]


def open_initial_run(name: str, task: Task) -> InitialRun:
    """Opens the run whose vocabulary and weights initialize a training of `task`.

    Raises:
        RnnkitError: If its task, model.embedding or tokenizers differ.
    """
    run = find_trained(name)
    initial, _, _, weights = open_run(run)
    if initial.kind() != task.kind():
        got = f"{run} is a {initial.kind()} run"
        raise RnnkitError("--init-from", got, f"Expected a {task.kind()} run", "Name another run")
    old_input, new_input = _input_name(initial), _input_name(task)
    if old_input != new_input:
        got = f"{run} reads its data by {old_input}, the config by {new_input}"
        hint = f"Start from {run.config}"
        raise RnnkitError("--init-from", got, "Expected the same model.embedding", hint)
    _require_same_tokenizers(run, initial, task)
    return InitialRun(run, task.load_codec(run), weights)  # the codec is read with the new config


def _input_layer(task: Task) -> InputSpec | None:
    model = getattr(task, "model", None)
    return model.embedding if isinstance(model, RecurrentModel) else None


def _input_name(task: Task) -> str:
    return name_of("input", type(_input_layer(task)))


def _require_same_tokenizers(run: RunFolder, initial: Task, task: Task) -> None:
    for key, tokenizer in initial.tokenizers().items():
        new = task.tokenizers()[key]
        if tokenizer == new:
            continue
        old_name, new_name = (name_of("tokenizer", type(spec)) for spec in (tokenizer, new))
        got = f"{run} has other settings of {old_name}"
        if old_name != new_name:
            got = f"{run} tokenizes by {old_name}, the config by {new_name}"
        expected = f"Expected the same {key}: the vocabulary is reused"
        raise RnnkitError("--init-from", got, expected, f"Start from {run.config}")


def transferred_weights(
    initial: InitialRun, task: Task, codec: Codec, architecture: Architecture
) -> dict[str, np.ndarray]:
    """The weights that a new model takes from another run. Layers whose inputs or outputs have
    another meaning, such as new labels, are initialized afresh, which is logged.

    Args:
        initial: The run to initialize from.
        task: The new task.
        codec: The codec of the new task's data.
        architecture: The architecture of the new model.

    Raises:
        RnnkitError: If the names or shapes of the transferred weights differ.
    """
    new_layers = task.new_layers(initial.codec, codec)
    weights = {
        name: values
        for name, values in initial.weights.items()
        if not _belongs_to(name, new_layers)
    }
    shapes = {
        name: shape
        for name, shape in architecture.weight_shapes().items()
        if not _belongs_to(name, new_layers)
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
    embedding = _input_layer(task)
    if isinstance(embedding, Embedding) and (embedding.path or embedding.from_texts):
        unused = embedding.path or "the training texts"
        log.info(
            f"{embedding.place}: the vectors are those of {initial.run} too;"
            f" no vectors from {unused}"
        )
    return weights


def _belongs_to(weight: str, layers: Iterable[str]) -> bool:
    return any(weight.startswith(f"{layer}/") for layer in layers)
