"""What everybody computes: the model and some rows of a config, without what only rnnkit has."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.bench.rows import Reading, not_plain, read
from rnnkit.cells import RecurrentSpec
from rnnkit.errors import RnnkitError
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.progress import log
from rnnkit.storage import npz_bytes
from rnnkit.tasks.forecasting.task import Forecasting
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Codec, Part, Source
from rnnkit.tasks.task import Task

CELLS = ("lstm", "gru", "simple_rnn")
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
    "tied": "Add model.tie_weights=false",
}
"""How a config is made plain."""


@dataclass(frozen=True)
class Plain:
    """A model of an embedding, recurrent layers and a dense head, and rows for it.

    Args:
        task: The config.
        network: Its loss and scores.
        architecture: Its layers, without padding: every timestep counts.
        weights: Random ones, the same for everybody.
        reading: The rows; texts are padded as plain scripts do, at their beginning where each has
            one class, at their end where each step has one.
        loss: cross_entropy, mse, mae or quantile, with the quantiles' levels.
    """

    task: Task
    network: Network[Codec, Part]
    architecture: Architecture
    weights: dict[str, np.ndarray]
    reading: Reading
    loss: tuple[str, tuple[float, ...]]

    @property
    def recurrent(self) -> list[Layer]:
        return [
            layer for layer in self.architecture.layers if layer.spec.state_shapes(layer.inputs)
        ]

    def write(self, folder: Path, verb: str, passes: int, tokens: int) -> None:
        """For the peers' processes: see `rnnkit.bench.peer.Work`."""
        train = self.task.train
        work = {
            "verb": verb,
            "layers": [
                {
                    "cell": layer.kind,
                    "units": spec.units,
                    "bidirectional": spec.bidirectional,
                    "sequence": layer.sequence,
                }
                for layer in self.recurrent
                if isinstance(spec := layer.spec, RecurrentSpec)
            ],
            "kind": self.reading.kind,
            "loss": self.loss[0],
            "levels": self.loss[1],
            "classes": self.architecture.output_shape[-1],
            "batch_size": self.reading.batch_size,
            "passes": passes,
            "learning_rate": train.learning_rate,
            "clip_norm": train.clip_norm,
            "tokens": tokens,
        }
        targets = self.reading.targets
        if self.loss[0] != "cross_entropy":
            targets = targets.reshape(len(targets), -1)
        (folder / "work.json").write_text(json.dumps(work), encoding="utf-8")
        arrays = {f"weight_{index}": array for index, array in enumerate(self.weights.values())}
        arrays |= {"inputs": self.reading.inputs, "targets": targets}
        (folder / "work.npz").write_bytes(npz_bytes(arrays))

    def operations(self) -> float:
        """Multiplications and additions of a pass forward over all rows, in the recurrent layers
        and the head.
        """
        rows, steps = self.reading.inputs.shape[:2]
        recurrent = tuple(f"{layer.name}/" for layer in self.recurrent)
        products = {name: 2 * array.size for name, array in self.weights.items() if array.ndim == 2}
        per_step = sum(
            count
            for name, count in products.items()
            if name.startswith(recurrent) and not name.endswith("bias")
        )
        head = products[list(self.weights)[-2]]
        answers = 1 if self.reading.kind == "last" else steps
        return float(rows * (steps * per_step + answers * head))


def plain(task: Task, steps: int) -> Plain:
    """The model of a config, and the rows of some steps.

    Args:
        task: The config.
        steps: So many steps' rows, or all where there are fewer.

    Raises:
        RnnkitError: If its model or data are of a kind that the peers' scripts do not have.
    """
    data = task.prepare(Source())
    network = task.network(data.codec)
    architecture = replace(network.architecture, padded=False)
    if architecture.encoder is not None:
        raise not_plain("pairs of texts")
    layers = [_plain_layer(layer) for layer in architecture.layers]
    architecture = replace(architecture, layers=tuple(layer for layer in layers if layer))
    reading = read(data.train, steps)
    return Plain(task, network, architecture, _random_weights(architecture), reading, _loss(task))


def _loss(task: Task) -> tuple[str, tuple[float, ...]]:
    if isinstance(task, Forecasting):
        return task.task.loss, task.task.levels
    return "cross_entropy", ()


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
    if type(spec) in (Embedding, Numeric, Dense) and layer.ties is None:
        return layer
    raise RnnkitError(
        layer.name,
        f"a layer of kind {layer.kind}",
        "Expected an embedding or numbers, recurrent layers (lstm, gru, simple_rnn) and a dense"
        " head, which every peer has",
        INSTEAD.get(layer.kind, "Compare another config, such as fable, imdb_lstm or ptb_small"),
    )


def _random_weights(architecture: Architecture) -> dict[str, np.ndarray]:
    """Uniform, as Glorot and Bengio (2010) draw them; biases of zero."""
    draw = np.random.default_rng(0)
    weights = {}
    for name, shape in architecture.weight_shapes().items():
        sizes = tuple(size or 0 for size in shape)
        limit = 0.0 if name.endswith("bias") else sqrt(6 / sum(sizes))
        weights[name] = draw.uniform(-limit, limit, sizes).astype(np.float32)
    return weights
