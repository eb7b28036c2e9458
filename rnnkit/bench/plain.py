"""What everybody computes: the model and some rows of a config, without what only rnnkit has."""

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
"""What draws random numbers, which no two libraries draw alike, or is rnnkit's own."""

INSTEAD = {
    "words": "Add model.embedding=100, which reads whole words only",
    "crf": "Add task.tagging.crf=false, which scores each step on its own",
}
"""How a config is made plain."""

SETTINGS = (
    *("units", "bidirectional", "activation", "recurrent_activation"),
    *("dim", "vocabulary", "mode", "score", "memory"),
)
"""What the equations of layers depend on."""


@dataclass(frozen=True)
class Plain:
    """A model of layers that every peer has, and rows for it.

    Args:
        task: The config.
        network: Its loss and scores.
        architecture: Its layers, without padding: every timestep counts.
        weights: Random ones, the same for everybody.
        reading: The rows; texts are padded as plain scripts do, at their beginning where each has
            one class, at their end where each step has one.
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
        """The model as it reads texts of unequal length, whose padding changes no answer."""
        return _padded(self.architecture, True)

    def operations(self) -> float:
        """Multiplications and additions of a pass forward over all rows."""
        reading = self.reading
        source_steps = reading.context.shape[1] if self.architecture.encoder else 0
        rows, steps = reading.inputs.shape[:2]
        return operations(self.architecture, rows, steps, source_steps)

    def work(self, verb: Verb, passes: int, tokens: int) -> Work:
        """What everybody does: with the rows of `reading`, `passes` times, or so many tokens."""
        train, encoder, reading = self.task.train, self.architecture.encoder, self.reading
        loss, levels = self.loss
        targets, numbers = reading.targets, loss != "cross_entropy"
        return Work(
            verb=verb,
            layers=_described(self.architecture),
            encoder=_described(encoder, ENCODER) if encoder else [],
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
    """The model of a config, and the rows of some steps.

    Args:
        task: The config.
        steps: So many steps' rows, or all where there are fewer.
        verb: What is done with them.

    Raises:
        RnnkitError: If its model or data are of a kind that the peers' scripts do not have, or if
            this machine has not the memory for it.
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


def _described(architecture: Architecture, owner: str = "") -> list[PeerLayer]:
    return [
        PeerLayer(
            f"{owner}{layer.name}",
            layer.kind,
            layer.inputs[-1] or 0,
            layer.sequence,
            {key: value for key in SETTINGS if (value := getattr(layer.spec, key, None))},
        )
        for layer in architecture.layers
    ]


def _loss(task: Task, reading: Reading) -> tuple[str, tuple[float, ...]]:
    if isinstance(task, Forecasting):
        return task.task.loss, task.task.levels
    has_labels = reading.kind == "last" and reading.targets.ndim == 2
    return ("binary_cross_entropy" if has_labels else "cross_entropy"), ()


def _padded(architecture: Architecture, padded: bool) -> Architecture:
    encoder = architecture.encoder
    return replace(architecture, padded=padded, encoder=encoder and _padded(encoder, padded))


def _plain(architecture: Architecture) -> Architecture:
    layers = [_plain_layer(layer) for layer in architecture.layers]
    encoder = architecture.encoder
    kept = tuple(layer for layer in layers if layer)
    return replace(architecture, layers=kept, encoder=encoder and _plain(encoder))


def _plain_layer(layer: Layer) -> Layer | None:
    """Without what is not compared; None where nothing is left of it."""
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
        log.info(f"{layer.name}: everybody trains its vectors, which start at random here")
        return replace(layer, spec=spec.model_copy(update={"trainable": True}))
    return layer


def _require_plain(architecture: Architecture) -> None:
    """All layers that some peer lacks are named together."""
    mistakes = [
        RnnkitError(
            layer.name,
            f"a layer of kind {layer.kind}",
            "Expected an embedding, one_hot or numbers, recurrent layers (lstm, gru, simple_rnn),"
            " dense layers, pools and attention, which every peer has",
            INSTEAD.get(layer.kind, OTHER_CONFIG),
        )
        for layer in architecture.all_layers
        if type(layer.spec) not in OTHERS
        and not (isinstance(layer.spec, RecurrentSpec) and layer.kind in CELLS)
    ]
    if mistakes:
        raise RnnkitErrors(mistakes)


def _random_weights(architecture: Architecture) -> dict[str, np.ndarray]:
    """Uniform, as Glorot and Bengio (2010) draw them; biases of zero."""
    draw = np.random.default_rng(0)
    weights = {}
    for name, shape in architecture.weight_shapes().items():
        sizes = tuple(size or 0 for size in shape)
        limit = 0.0 if name.endswith("bias") else sqrt(6 / sum(sizes))
        weights[name] = draw.uniform(-limit, limit, sizes).astype(np.float32)
    return weights
