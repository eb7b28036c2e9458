"""What everybody computes: the model and some rows of a config, without what only rnnkit has."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.cells import RecurrentSpec
from rnnkit.data.batch.buckets import Buckets
from rnnkit.data.batch.rows import Rows
from rnnkit.data.encode.ragged import Sequences
from rnnkit.errors import RnnkitError
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.progress import log
from rnnkit.storage import npz_bytes
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Codec, Part, Prepared, Source
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


@dataclass(frozen=True)
class Plain:
    """A model of an embedding, recurrent layers and a dense head, and rows for it.

    Args:
        task: The config.
        network: Its loss and scores.
        architecture: Its layers, without padding: every timestep counts.
        weights: Random ones, the same for everybody.
        inputs: (rows, timesteps) token ids, padded at their beginning as plain scripts do.
        targets: (rows,) classes.
        texts: The same without padding, where they are of unequal length.
    """

    task: Task
    network: Network[Codec, Part]
    architecture: Architecture
    weights: dict[str, np.ndarray]
    inputs: np.ndarray
    targets: np.ndarray
    texts: Sequences | None

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
            "classes": self.architecture.output_shape[-1],
            "batch_size": min(train.batch_size, len(self.inputs)),
            "passes": passes,
            "learning_rate": train.learning_rate,
            "clip_norm": train.clip_norm,
            "tokens": tokens,
        }
        (folder / "work.json").write_text(json.dumps(work), encoding="utf-8")
        arrays = {f"weight_{index}": array for index, array in enumerate(self.weights.values())}
        arrays |= {"inputs": self.inputs, "targets": self.targets}
        (folder / "work.npz").write_bytes(npz_bytes(arrays))

    def operations(self) -> float:
        """Multiplications and additions of a pass forward over all rows, in the recurrent layers
        and the head.
        """
        rows, steps = self.inputs.shape
        recurrent = tuple(f"{layer.name}/" for layer in self.recurrent)
        products = {name: 2 * array.size for name, array in self.weights.items() if array.ndim == 2}
        per_step = sum(
            count
            for name, count in products.items()
            if name.startswith(recurrent) and not name.endswith("bias")
        )
        head = products[list(self.weights)[-2]]
        return float(rows * (steps * per_step + head))


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
    layers = [_plain_layer(layer) for layer in architecture.layers]
    architecture = replace(architecture, layers=tuple(layer for layer in layers if layer))
    inputs, targets, texts = _rows(data, steps * task.train.batch_size)
    weights = _random_weights(architecture)
    return Plain(task, network, architecture, weights, inputs, targets, texts)


def _plain_layer(layer: Layer) -> Layer | None:
    """Without what is not compared; None where nothing is left of it."""
    spec = layer.spec
    if isinstance(spec, Dropout):
        log.info(f"{layer.name}: dropout is left out, nobody draws the same numbers")
        return None
    if isinstance(spec, RecurrentSpec) and layer.kind in CELLS:
        unset = {key: value for key, value in NOT_COMPARED.items() if getattr(spec, key, value)}
        if unset:
            log.info(f"{layer.name}: without {', '.join(unset)}")
        return replace(layer, spec=spec.model_copy(update=dict.fromkeys(unset, 0.0)))
    if type(spec) in (Embedding, Dense) and layer.ties is None:
        return layer
    raise RnnkitError(
        layer.name,
        f"a layer of kind {layer.kind}",
        "Expected an embedding, recurrent layers (lstm, gru, simple_rnn) and a dense head, which"
        " every peer has",
        "Compare another config, such as fable or imdb_lstm",
    )


def _rows(data: Prepared, count: int) -> tuple[np.ndarray, np.ndarray, Sequences | None]:
    """Rows of the training part, drawn at random."""
    batches, draw = data.train, np.random.default_rng(0)
    if isinstance(batches, Buckets) and batches.targets.ndim == 1:
        rows = draw.permutation(len(batches))[:count]
        texts = batches.texts.take(rows)
        width = int(texts.lengths.max())
        return texts.padded(np.arange(len(texts)), width, "pre"), batches.targets[rows], texts
    if isinstance(batches, Rows) and batches.targets.ndim == 1 and batches.inputs.ndim == 2:
        rows = draw.permutation(len(batches))[:count]
        return np.ascontiguousarray(batches.inputs[rows]), batches.targets[rows], None
    raise RnnkitError(
        "data",
        "an answer at each step, several at once, or numbers in place of tokens",
        "Expected texts or windows with one class each, which every peer's script reads",
        "Compare another config, such as fable or imdb_lstm",
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
