"""What everybody does, as it travels to the process of a peer."""

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
"""Tokens that are continued; all of a row in other models."""
DATA, WEIGHT = ("inputs", "targets", "context"), "weight/"
"""What work.npz has, and what names of weights begin with there."""


@dataclass(frozen=True)
class PeerLayer:
    """A layer of everybody's model.

    Args:
        name: What the names of its weights begin with; those of an encoder "encoder/NAME".
        kind: As a config calls it, or attention or tied, which tasks add.
        inputs: The vocabulary where it reads tokens, else the features of a step.
        sequence: Whether it answers at every step.
        settings: Of those of a config what its equation depends on, by their keys.
    """

    name: str
    kind: str
    inputs: int
    sequence: bool
    settings: dict[str, Any]

    @property
    def states(self) -> int:
        """Arrays that it carries from step to step."""
        return {"lstm": 2, "gru": 1, "simple_rnn": 1}.get(self.kind, 0)

    @property
    def is_bidirectional(self) -> bool:
        return bool(self.settings.get("bidirectional"))


@dataclass(frozen=True)
class Work:
    """What everybody does.

    Args:
        verb: train, generate or predict.
        layers: From the input to the head.
        encoder: Those of an encoder, whose layers' last outputs, side by side, are the condition;
            none where there is none.
        kind: One answer for each row ("last"), one at each step ("steps"), that with states that
            are carried from batch to batch and are zeros before the first one ("stream"), or from
            states that are computed from a condition c as tanh(c W + b) ("conditioned").
        loss: cross_entropy, binary_cross_entropy (of several labels), mse, mae or quantile.
        levels: The quantiles; numbers of the head in turn belong to them.
        classes: The outputs of the head; 1 for the logit of the second of two classes.
        batch_size: Rows of a step.
        passes: How often a unit of work reads all rows.
        learning_rate: Of Adam.
        clip_norm: The largest norm of all gradients together; None for no limit.
        tokens: How many tokens a unit of work generates.
        inputs: (rows, timesteps) token ids, or (rows, timesteps, features) numbers.
        targets: (rows,) classes, (rows, timesteps) of them, (rows, labels) 0 or 1, or
            (rows, numbers).
        context: Of a conditioned model (rows, features) conditions, or where there is an encoder
            (rows, source timesteps) token ids.
        weights: "layer/weight" to arrays, each layer's in Keras' order.
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
        """Into files that `load` reads."""
        arrays = {f"{WEIGHT}{name}": array for name, array in self.weights.items()}
        arrays |= {name: getattr(self, name) for name in DATA}
        in_file = {*DATA, "weights"}
        settings = {key: value for key, value in asdict(self).items() if key not in in_file}
        (folder / "work.json").write_text(json.dumps(settings), encoding="utf-8")
        (folder / "work.npz").write_bytes(npz_bytes(arrays))

    @classmethod
    def load(cls, folder: Path) -> Work:
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
        """What is continued: a whole window, the first tokens of a stream, or where there is a
        condition the first token alone, (1, tokens).
        """
        return self.inputs[:1, : SEEDS.get(self.kind)]

    def of(self, layer: str) -> list[np.ndarray]:
        """The weights of a layer, in Keras' order."""
        return [array for name, array in self.weights.items() if name.startswith(f"{layer}/")]

    @property
    def sizes(self) -> list[int]:
        """The size of each state that is computed from the condition."""
        return [len(bias) for bias in self.of("condition")[1::2]]
