"""Estimates of the memory that training, prediction and generation take, made in advance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from rnnkit.architecture import Architecture, Layer, Shape
from rnnkit.cells import RecurrentSpec
from rnnkit.errors import RnnkitError, here
from rnnkit.platform.memory import machine_memory
from rnnkit.progress import log
from rnnkit.quantities import byte_size, counted
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Prepared
from rnnkit.training.options import Train

FLOAT = 4
"""Bytes of a float32."""
COPIES = 3
"""Copies of each weight: its value, its gradient, and its best value so far."""
MOMENTS = {"SGD": 0, "Adagrad": 1, "Lion": 1, "RMSprop": 1, "Adafactor": 1, "Muon": 1}
"""The number of moments that an optimizer keeps per weight; 2 for those that are not listed."""

COMPILED = 50_000_000
"""Bytes of the compiled steps. With these, the measured memory of fable, imdb_lstm, ptb_small and
names_char was 0.95 to 1.3 times the estimate."""
AFTER_STEPS = 150_000_000
"""Bytes of what follows the training steps (checkpoint, scores, pictures, the page, model.keras):
the peak of fable, imdb_lstm, reverse_digits and names_char rose by 142 to 172 MB."""

TOKEN = 80
"""Bytes per generated token, for its ids and its text; 36 (characters) to 70 (words) were
measured.
"""
LOGITS = 32
"""Bytes per row and entry of the vocabulary, for float64 logits and the temporary arrays of
sampling; 28 were measured with a vocabulary of 10,000."""


@dataclass(frozen=True)
class TrainingMemory:
    """The bytes that training or inference takes in addition to its data and the framework.

    Args:
        weights: All weights; in training also their gradients, best values and optimizer state.
        batch: The layers' outputs for the widest batch; in training also their gradients and what
            is saved to compute them.
    """

    weights: int
    batch: int

    @property
    def total(self) -> int:
        return self.weights + self.batch + COMPILED


def training_memory(network: Network, data: Prepared, train: Train) -> TrainingMemory:
    """Estimates the memory of a training from its layers and the widest batch."""
    architecture, batches = network.architecture, data.train
    parameters = sum(layer.parameters or 0 for layer in architecture.all_layers)
    moments = MOMENTS.get(type(train.optimizer).__name__, 2)
    copies = COPIES + moments + (train.average is not None)
    floats = _row_floats(architecture, batches.widest)
    return TrainingMemory(FLOAT * copies * parameters, FLOAT * batches.batch_size * floats)


def require_memory(network: Network, data: Prepared, train: Train) -> TrainingMemory:
    """Estimates the memory of a training; warns if it is more than what is free now.

    Raises:
        RnnkitError: If it is more than this machine has.
    """
    needed = training_memory(network, data, train)
    hint = "Train with a smaller train.batch_size, fewer units or shorter texts"
    if needed.weights > needed.batch:
        hint = "Train with fewer units, a smaller embedding or a smaller vocabulary"
    _require(needed, "this training takes", hint)
    return needed


def require_answering(network: Network, data: Prepared, rows: int) -> None:
    """Checks the memory of predictions for `rows` rows at once, each as wide as the widest row.

    Raises:
        RnnkitError: If they take more than this machine has.
    """
    architecture = network.architecture
    parameters = sum(layer.parameters or 0 for layer in architecture.all_layers)
    floats = _row_floats(architecture, data.train.widest) // 2
    needed = TrainingMemory(FLOAT * parameters, FLOAT * rows * floats)
    hint = "Use fewer units, a smaller embedding or a smaller vocabulary"
    if needed.batch > needed.weights:
        hint = "Use fewer units or shorter texts"
    _require(needed, "answers of this model take", hint)


def require_generating(
    architecture: Architecture, rows: int, tokens: int, source: int, *, ends: bool
) -> None:
    """Checks the memory of continuations that are generated in one batch.

    Args:
        architecture: The model.
        rows: The number of continuations.
        tokens: The largest number of tokens of each.
        source: The timesteps of the source that an encoder reads.
        ends: Whether they may end earlier; the memory of their text then only causes a warning.

    Raises:
        RnnkitError: If they take more than this machine has.
    """
    floats = _row_floats(architecture, (1, source)) // 2
    logits = LOGITS * _count(architecture.layers[-1].outputs[-1:], 1)
    batch, text = rows * (FLOAT * floats + logits), TOKEN * rows * tokens
    batch_size = (
        f"{counted(rows, 'continuation')} of {'at most ' if ends else ''}{counted(tokens, 'token')}"
    )
    parts = f"{byte_size(text)} for the text, {byte_size(batch)} for the model's outputs"
    got = (
        f"{batch_size} {'takes' if rows == 1 else 'take'} about {byte_size(batch + text)} of memory"
    )
    hint = "Set a smaller num_samples (or beam_size) or a smaller max_new_tokens"
    least = batch if ends else batch + text
    _require_bytes("", f"{got} ({parts})", least, batch + text, hint)


def _require(needed: TrainingMemory, what: str, hint: str) -> None:
    parts = f"{byte_size(needed.weights)} for weights, {byte_size(needed.batch)} for a batch"
    got = f"{what} about {byte_size(needed.total)} of memory ({parts})"
    _require_bytes("model", got, needed.total, needed.total, hint)


def _require_bytes(where: str, got: str, least: int, most: int, hint: str) -> None:
    """Refuses what cannot fit into memory; warns if it may not fit into what is free now.

    Args:
        where: The place that the message names; "" for that of the enclosing `at`.
        got: The needed memory as text.
        least: The lower bound of the needed bytes.
        most: The upper bound of the needed bytes.
        hint: How to need less.

    Raises:
        RnnkitError: If `least` is more than this machine has.
    """
    machine = machine_memory()
    if machine is None:
        return
    if least > machine.total:
        expected = f"Expected at most {byte_size(machine.total)}, all that this machine has"
        raise RnnkitError(where, got, expected, hint)
    if most > machine.available:
        log.warning(here(f"{got}, and only {byte_size(machine.available)} are free now"))


def _row_floats(architecture: Architecture, widest: Sequence[int]) -> int:
    """The floats per row of a training batch: outputs and saved values, each with its gradient."""
    floats = sum(2 * _layer_floats(layer, widest[0]) for layer in architecture.layers)
    if architecture.encoder is not None:
        floats += _row_floats(architecture.encoder, widest[-1:])
    return floats


def _layer_floats(layer: Layer, width: int) -> int:
    """The floats per row of a layer: its outputs, and the gates and states of recurrent layers."""
    floats = _count(layer.outputs, width)
    if isinstance(layer.spec, RecurrentSpec):
        steps = _count(layer.inputs[:1], width)
        weights: Mapping[str, Shape] = layer.spec.cell.shapes(1, layer.spec.units)
        gates = (
            max(1, (weights["kernel"][1] or 0) // layer.spec.units) if "kernel" in weights else 1
        )
        directions = 2 if layer.spec.reads_backwards else 1
        floats += steps * directions * layer.spec.units * (gates + layer.spec.cell.states)
    if inner := layer.spec.inner():
        floats += width * sum(_layer_floats(wrapped, 1) for wrapped in inner.layers)
    return floats


def _count(shape: Shape, width: int) -> int:
    """The number of values of a shape whose unknown lengths are `width`."""
    return prod(width if length is None else length for length in shape)
