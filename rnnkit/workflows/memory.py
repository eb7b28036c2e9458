"""The memory that a training or answers take, before any of it is allocated."""

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
"""Bytes."""
COPIES = 3
"""Of each weight: its value, its gradient, and its best value so far."""
MOMENTS = {"SGD": 0, "Adagrad": 1, "Lion": 1, "RMSprop": 1, "Adafactor": 1, "Muon": 1}
"""What an optimizer keeps of each weight; two numbers where it is not named here."""


COMPILED = 50_000_000
"""Bytes that the compiled steps take themselves: with these, what a training takes was from 0.95 to
1.3 times the estimate, of fable, imdb_lstm, ptb_small and names_char."""
AFTER_STEPS = 150_000_000
"""Bytes of what follows the steps of any training (a checkpoint, scores, pictures, the page,
model.keras): the peak of fable, imdb_lstm, reverse_digits and names_char rose by 142 to 172 MB."""

TOKEN = 80
"""Bytes of a generated token: its id, as a number and in what was read before, and its text; 36 to
70 were measured, of characters and of words."""
LOGITS = 32
"""Bytes of each token of the vocabulary, for each row: float64 logits, and what sampling makes of
them; 28 were measured, of 10,000."""


@dataclass(frozen=True)
class TrainingMemory:
    """The bytes that a training, or inference, takes in addition to its data and the framework.

    Args:
        weights: For all weights: values and, in training, gradients, best values, the optimizer's
            state.
        batch: For the widest batch: each layer's outputs and, in training, what is saved for
            gradients, and these.
    """

    weights: int
    batch: int

    @property
    def total(self) -> int:
        return self.weights + self.batch + COMPILED


def training_memory(network: Network, data: Prepared, train: Train) -> TrainingMemory:
    """An estimate from the list of layers and the widest batch."""
    architecture, batches = network.architecture, data.train
    parameters = sum(layer.parameters or 0 for layer in architecture.all_layers)
    moments = MOMENTS.get(type(train.optimizer).__name__, 2)
    copies = COPIES + moments + (train.average is not None)
    floats = _kept(architecture, batches.widest)
    return TrainingMemory(FLOAT * copies * parameters, FLOAT * batches.batch_size * floats)


def require_memory(network: Network, data: Prepared, train: Train) -> TrainingMemory:
    """What the training takes, where this machine has it; a warning where it is in use now.

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
    """The same of answers to so many rows at once, each as wide as the widest.

    Raises:
        RnnkitError: If they take more than this machine has.
    """
    architecture = network.architecture
    parameters = sum(layer.parameters or 0 for layer in architecture.all_layers)
    floats = _kept(architecture, data.train.widest) // 2
    needed = TrainingMemory(FLOAT * parameters, FLOAT * rows * floats)
    hint = "Use fewer units, a smaller embedding or a smaller vocabulary"
    if needed.batch > needed.weights:
        hint = "Use fewer units or shorter texts"
    _require(needed, "answers of this model take", hint)


def require_generating(
    architecture: Architecture, rows: int, tokens: int, source: int, *, ends: bool
) -> None:
    """The same of continuations that are generated in one batch.

    Args:
        architecture: The model.
        rows: The number of continuations.
        tokens: The most tokens of each.
        source: The steps of the source that an encoder reads.
        ends: Whether they may end before that: what their text may take is then a warning.

    Raises:
        RnnkitError: If they take more than this machine has.
    """
    floats = _kept(architecture, (1, source)) // 2
    logits = LOGITS * _count(architecture.layers[-1].outputs[-1:], 1)
    batch, text = rows * (FLOAT * floats + logits), TOKEN * rows * tokens
    what = (
        f"{counted(rows, 'continuation')} of {'at most ' if ends else ''}{counted(tokens, 'token')}"
    )
    parts = f"{byte_size(text)} for the text, {byte_size(batch)} for the model's outputs"
    got = f"{what} {'takes' if rows == 1 else 'take'} about {byte_size(batch + text)} of memory"
    hint = "Set a smaller num_samples (or beam_size) or a smaller max_new_tokens"
    least = batch if ends else batch + text
    _require_bytes("", f"{got} ({parts})", least, batch + text, hint)


def _require(needed: TrainingMemory, what: str, hint: str) -> None:
    parts = f"{byte_size(needed.weights)} for weights, {byte_size(needed.batch)} for a batch"
    got = f"{what} about {byte_size(needed.total)} of memory ({parts})"
    _require_bytes("model", got, needed.total, needed.total, hint)


def _require_bytes(where: str, got: str, least: int, most: int, hint: str) -> None:
    """Refuses what certainly does not fit; warns of what may not fit into the memory that is free.

    Args:
        where: The place; "" for that of the enclosing `at`.
        got: How much it takes, in words.
        least: Bytes that it certainly takes.
        most: Bytes that it may take.
        hint: How it takes less.

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


def _kept(architecture: Architecture, widest: Sequence[int]) -> int:
    """Numbers that one row of a batch takes: outputs and what is kept, each with its gradient."""
    floats = sum(2 * _of_layer(layer, widest[0]) for layer in architecture.layers)
    if architecture.encoder is not None:
        floats += _kept(architecture.encoder, widest[-1:])
    return floats


def _of_layer(layer: Layer, width: int) -> int:
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
        floats += width * sum(_of_layer(below, 1) for below in inner.layers)
    return floats


def _count(shape: Shape, width: int) -> int:
    return prod(width if length is None else length for length in shape)
