"""The work of a comparison, and its files for the processes of peers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rnnkit.storage import npz_bytes

Verb = Literal["train", "generate", "predict"]
Kind = Literal["last", "steps", "stream", "conditioned"]

SEEDS = {"stream": 3, "conditioned": 1}
"""The number of tokens that generation continues, by kind; other kinds continue a whole row."""
DATA, WEIGHT = ("inputs", "targets", "context"), "weight/"
"""The arrays of work.npz, and the prefix of the weights there."""


@dataclass(frozen=True)
class PeerLayer:
    """A layer of the model.

    Args:
        name: The prefix of its weights' names; "encoder/NAME" in an encoder.
        kind: The kind of the layer as in a config, or attention or tied, which tasks add.
        inputs: The size of the vocabulary if it reads tokens, else the features of a step.
        sequence: Whether it outputs every step.
        settings: The settings that its equations depend on, by config key.
    """

    name: str
    kind: str
    inputs: int
    sequence: bool
    settings: dict[str, Any]

    @property
    def states(self) -> int:
        """The number of state arrays that it carries from step to step."""
        return {"lstm": 2, "gru": 1, "simple_rnn": 1}.get(self.kind, 0)

    @property
    def is_bidirectional(self) -> bool:
        return bool(self.settings.get("bidirectional"))


@dataclass(frozen=True)
class Work:
    """The work of all contenders.

    Args:
        verb: train, generate or predict.
        layers: The layers from the input to the head.
        encoder: The layers of the encoder, whose concatenated last outputs are the condition;
            empty if there is no encoder.
        kind: One answer per row ("last") or per step ("steps"); the latter with states carried from
            batch to batch, initially zero ("stream"), or with initial states tanh(c W + b) from a
            condition c ("conditioned").
        loss: cross_entropy, binary_cross_entropy (of several labels), mse, mae or quantile.
        levels: The levels of the quantiles, in the order of the head's outputs.
        classes: The number of outputs of the head; 1 for the logit of the second of two classes.
        batch_size: The number of rows of a step.
        passes: How often a unit of work reads all rows.
        learning_rate: The learning rate of Adam.
        clip_norm: The largest global norm of the gradients; None for no limit.
        tokens: The number of tokens that a unit of work generates.
        inputs: (rows, timesteps) token ids, or (rows, timesteps, features) numbers.
        targets: (rows,) or (rows, timesteps) classes, (rows, labels) 0 or 1, or (rows, numbers).
        context: (rows, features) conditions, or (rows, source timesteps) token ids for an encoder;
            empty for other kinds.
        weights: The arrays by "layer/weight", those of a layer in Keras' order.
    """

    verb: Verb
    kind: Kind
    loss: str
    levels: Sequence[float]
    layers: list[PeerLayer]
    encoder: list[PeerLayer]
    classes: int
    batch_size: int
    passes: int
    learning_rate: float
    clip_norm: float | None
    tokens: int
    inputs: np.ndarray
    targets: np.ndarray
    context: np.ndarray
    weights: dict[str, np.ndarray]

    def write(self, folder: Path) -> None:
        """Writes the files that `load` reads."""
        arrays = {f"{WEIGHT}{name}": array for name, array in self.weights.items()}
        arrays |= {name: getattr(self, name) for name in DATA}
        in_file = {*DATA, "weights"}
        settings = {key: value for key, value in asdict(self).items() if key not in in_file}
        (folder / "work.json").write_text(json.dumps(settings), encoding="utf-8")
        (folder / "work.npz").write_bytes(npz_bytes(arrays))

    @classmethod
    def load(cls, folder: Path) -> Work:
        """Reads the files of `write`."""
        settings = json.loads((folder / "work.json").read_text(encoding="utf-8"))
        layers, encoder = (
            [PeerLayer(**layer) for layer in settings.pop(key)] for key in ("layers", "encoder")
        )
        with np.load(folder / "work.npz") as arrays:
            data = {name: arrays[name] for name in DATA}
            weights = {
                name.removeprefix(WEIGHT): arrays[name]
                for name in arrays.files
                if name.startswith(WEIGHT)
            }
        return cls(**settings, **data, layers=layers, encoder=encoder, weights=weights)

    @property
    def reads_tokens(self) -> bool:
        return self.inputs.ndim == 2

    @property
    def is_binary(self) -> bool:
        return self.loss == "cross_entropy" and self.classes == 1

    @property
    def seed(self) -> np.ndarray:
        """The tokens that generation continues: (1, tokens)."""
        return self.inputs[:1, : SEEDS.get(self.kind)]

    def of(self, layer: str) -> list[np.ndarray]:
        """The weights of a layer, in Keras' order."""
        return [array for name, array in self.weights.items() if name.startswith(f"{layer}/")]

    @property
    def sizes(self) -> list[int]:
        """The size of each initial state that is computed from the condition."""
        return [len(bias) for bias in self.of("condition")[1::2]]
