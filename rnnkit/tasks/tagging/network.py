"""A model with a label at every step: each step on its own, or a chain."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.architecture import Architecture, LayerSpec, resolve
from rnnkit.backend import Objective, cross_entropy
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.dense import Dense
from rnnkit.tasks.embeddings import initial_embeddings
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.tagging.data import TaggedPart, TaggingCodec
from rnnkit.tasks.task import RecurrentModel

METRICS = ("loss", "accuracy")


def resolve_layers(
    model: RecurrentModel, features: int | None, labels: int, *, crf: bool, padded: bool
) -> Architecture:
    """The list of layers.

    Args:
        model: The `model:` section.
        features: Words of the vocabulary, or numbers of a step; None where not known yet.
        labels: Outputs.
        crf: Whether the head is a conditional random field.
        padded: Whether sequences are padded.
    """
    head: dict[str, LayerSpec] = (
        {"crf": CRF(labels=labels)} if crf else {"logits": Dense(units=labels)}
    )
    return resolve(
        "tagging",
        model.embedding,
        model.layers,
        head,
        timesteps=None,
        features=features,
        sequence_output=True,
        padded=padded,
    )


class TaggingNetwork(Network[TaggingCodec, TaggedPart]):
    """Scores of the labels at every step, or of each label after each.

    Args:
        model: The `model:` section.
        codec: Its sizes.
        crf: Whether the head is a conditional random field.
        random_seed: The training's.
    """

    def __init__(self, model: RecurrentModel, codec: TaggingCodec, crf: bool, random_seed: int):
        padded = isinstance(codec, WordCodec) or codec.pads
        labels = len(codec.labels)
        super().__init__(resolve_layers(model, codec.features, labels, crf=crf, padded=padded))
        self._model, self._crf, self._random_seed = model, crf, random_seed

    def objective(self) -> Objective:
        """Weights are (batch, timesteps)."""
        return _sums_of_chains if self._crf else _sums_of_steps

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        return {"loss": sums["loss"] / sums["weight"], "accuracy": sums["correct"] / sums["weight"]}

    def initial_weights(self, data: Prepared[TaggingCodec, TaggedPart]) -> dict[str, np.ndarray]:
        if not isinstance(data.codec, WordCodec):
            return {}
        vocabulary = data.codec.tokenizer.vocabulary
        words = data.codec.ids(data.parts["train"].inputs)
        return initial_embeddings(self._model.embedding, vocabulary, words, self._random_seed)


def _sums_of_chains(potentials: Any, targets: Any, weights: Any) -> dict[str, Any]:
    from keras import ops

    from rnnkit.models.crf import best_labels, negative_log_likelihood

    nats = negative_log_likelihood(potentials, targets, weights)
    best = best_labels(ops.stop_gradient(potentials), weights)
    hits = ops.cast(ops.equal(best, ops.cast(targets, "int32")), weights.dtype)
    return _sums(ops.sum(nats), hits, weights)


def _sums_of_steps(logits: Any, targets: Any, weights: Any) -> dict[str, Any]:
    from keras import ops

    nats, hits = cross_entropy(targets, logits)
    return _sums(ops.sum(nats * weights), hits, weights)


def _sums(loss: Any, hits: Any, weights: Any) -> dict[str, Any]:
    from keras import ops

    return {"loss": loss, "weight": ops.sum(weights), "correct": ops.sum(hits * weights)}
