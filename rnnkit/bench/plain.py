"""The model and some rows of a config, reduced to what all contenders can compute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.bench.answers import ANSWERED
from rnnkit.bench.operations import ENCODER, operations
from rnnkit.bench.rows import OTHER_CONFIG, Reading, read
from rnnkit.bench.work import PeerLayer, Verb, Work
from rnnkit.cells import RecurrentSpec
from rnnkit.errors import RnnkitError, RnnkitErrors
from rnnkit.models.layers.attention import Attention
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.tied import Tied
from rnnkit.progress import log
from rnnkit.tasks.forecasting.task import Forecasting
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Codec, Part, Source
from rnnkit.tasks.task import Task
from rnnkit.workflows.memory import require_answering, require_memory

CELLS = ("lstm", "gru", "simple_rnn")
OTHERS = (Embedding, OneHot, Numeric, Dense, Dropout, Pool, Attention, Condition, Tied)
NOT_COMPARED = {
    "dropout": 0.0,
    "recurrent_dropout": 0.0,
    "weight_drop": 0.0,
    "activation_l2": 0.0,
    "slowness_l2": 0.0,
}
"""Settings that are unset, since they draw random numbers or are rnnkit's own."""

CURES = {
    "words": "Add model.embedding=100, which reads whole words only",
    "crf": "Add task.tagging.crf=false, which scores each step on its own",
}
"""Overrides that replace a layer which peers lack, by its kind."""

SETTINGS = (
    *("units", "bidirectional", "activation", "recurrent_activation"),
    *("dim", "vocabulary", "mode", "score", "memory"),
)
"""The settings that the equations of layers depend on."""


@dataclass(frozen=True)
class Plain:
    """A model of layers that every peer has, and its rows.

    Args:
        task: The config.
        network: The loss and the metrics.
        architecture: The layers, without masking: every timestep counts.
        weights: The random initial weights, the same for all contenders.
        reading: The rows; texts are padded as in plain scripts, at the beginning if a text has one
            class, at the end if each step has one.
        loss: cross_entropy, binary_cross_entropy, mse, mae or quantile, with the quantiles' levels.
    """

    task: Task
    network: Network[Codec, Part]
    architecture: Architecture
    weights: dict[str, np.ndarray]
    reading: Reading
    loss: tuple[str, tuple[float, ...]]

    @property
    def recurrent(self) -> list[Layer]:
        """The recurrent layers, those of an encoder first."""
        return [
            layer for layer in self.architecture.all_layers if layer.spec.state_shapes(layer.inputs)
        ]

    def in_buckets(self) -> Architecture:
        """The model for texts batched by length, with masked padding."""
        return _padded(self.architecture, True)

    def operations(self) -> float:
        """Multiplications and additions of a forward pass over all rows."""
        reading = self.reading
        source_steps = reading.context.shape[1] if self.architecture.encoder else 0
        rows, steps = reading.inputs.shape[:2]
        return operations(self.architecture, rows, steps, source_steps)

    def work(self, verb: Verb, passes: int, tokens: int) -> Work:
        """The work of all contenders.

        Args:
            verb: train, predict or generate.
            passes: How often a unit of work reads all rows.
            tokens: The number of tokens that a unit of work generates.
        """
        train, encoder, reading = self.task.train, self.architecture.encoder, self.reading
        loss, levels = self.loss
        targets, numbers = reading.targets, loss != "cross_entropy"
        return Work(
            verb=verb,
            layers=_peer_layers(self.architecture),
            encoder=_peer_layers(encoder, ENCODER) if encoder else [],
            kind=reading.kind,
            loss=loss,
            levels=levels,
            classes=self.architecture.output_shape[-1] or 1,
            batch_size=reading.batch_size,
            passes=passes,
            learning_rate=train.learning_rate,
            clip_norm=train.clip_norm,
            tokens=tokens,
            inputs=reading.inputs,
            targets=targets.reshape(len(targets), -1) if numbers else targets,
            context=reading.context,
            weights=self.weights,
        )


def plain(task: Task, steps: int, verb: Verb = "train") -> Plain:
    """Reduces a config to a model that every peer has, with the rows of some steps.

    Args:
        task: The config.
        steps: The number of steps whose rows are read, or all rows if there are fewer.
        verb: train, predict or generate.

    Raises:
        RnnkitError: If the model or the data are of a kind that peers lack, or the machine has too
            little memory.
    """
    data = task.prepare(Source())
    network = task.network(data.codec)
    _require_plain(network.architecture)
    if verb == "train":
        require_memory(network, data, task.train)
    else:
        require_answering(network, data, 1 if verb == "generate" else ANSWERED)
    architecture = _padded(_plain(network.architecture), False)
    reading = read(data.train, steps)
    return Plain(
        task, network, architecture, _random_weights(architecture), reading, _loss(task, reading)
    )


def _peer_layers(architecture: Architecture, prefix: str = "") -> list[PeerLayer]:
    return [
        PeerLayer(
            f"{prefix}{layer.name}",
            layer.kind,
            layer.inputs[-1] or 0,
            layer.sequence,
            {key: value for key in SETTINGS if (value := getattr(layer.spec, key, None))},
        )
        for layer in architecture.layers
    ]


def _loss(task: Task, reading: Reading) -> tuple[str, tuple[float, ...]]:
    """The loss of a config, with the levels of its quantiles."""
    if isinstance(task, Forecasting):
        return task.task.loss, task.task.levels
    has_labels = reading.kind == "last" and reading.targets.ndim == 2
    return ("binary_cross_entropy" if has_labels else "cross_entropy"), ()


def _padded(architecture: Architecture, padded: bool) -> Architecture:
    """The architecture with or without masked padding, and its encoder likewise."""
    encoder = architecture.encoder
    return replace(architecture, padded=padded, encoder=encoder and _padded(encoder, padded))


def _plain(architecture: Architecture) -> Architecture:
    """The architecture without what is not compared, and its encoder likewise."""
    layers = tuple(plain for layer in architecture.layers if (plain := _plain_layer(layer)))
    encoder = architecture.encoder
    return replace(architecture, layers=layers, encoder=encoder and _plain(encoder))


def _plain_layer(layer: Layer) -> Layer | None:
    """The layer without what is not compared; None for dropout."""
    spec = layer.spec
    if isinstance(spec, Dropout):
        log.info(f"{layer.name}: dropout is left out: no two libraries draw the same numbers")
        return None
    if isinstance(spec, RecurrentSpec) and layer.kind in CELLS:
        unset = {key: value for key, value in NOT_COMPARED.items() if getattr(spec, key, value)}
        if unset:
            log.info(f"{layer.name}: without {', '.join(unset)}")
        return replace(layer, spec=spec.model_copy(update=dict.fromkeys(unset, 0.0)))
    if isinstance(spec, Embedding) and not spec.trainable:
        log.info(f"{layer.name}: its vectors are random here, and trained by all")
        return replace(layer, spec=spec.model_copy(update={"trainable": True}))
    return layer


def _require_plain(architecture: Architecture) -> None:
    """Refuses an architecture with layers that a peer lacks, all of which are named."""
    mistakes = [
        RnnkitError(
            layer.name,
            f"a layer of kind {layer.kind}",
            "Expected an embedding, one_hot or numbers, recurrent layers (lstm, gru, simple_rnn),"
            " dense layers, pools and attention, which every peer has",
            CURES.get(layer.kind, OTHER_CONFIG),
        )
        for layer in architecture.all_layers
        if type(layer.spec) not in OTHERS
        and not (isinstance(layer.spec, RecurrentSpec) and layer.kind in CELLS)
    ]
    if mistakes:
        raise RnnkitErrors(mistakes)


def _random_weights(architecture: Architecture) -> dict[str, np.ndarray]:
    """Initial weights, uniform as in Glorot and Bengio (2010); biases are zeros."""
    generator = np.random.default_rng(0)
    weights = {}
    for name, shape in architecture.weight_shapes().items():
        sizes = tuple(size or 0 for size in shape)
        limit = 0.0 if name.endswith("bias") else sqrt(6 / sum(sizes))
        weights[name] = generator.uniform(-limit, limit, sizes).astype(np.float32)
    return weights
