"""A network that labels every step, independently or as a chain."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.architecture import Architecture, Interface, LayerSpec, resolve
from rnnkit.backend import Objective, cross_entropy
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.engine import losses
from rnnkit.engine.crf import decode
from rnnkit.errors import RnnkitError
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.dense import Dense
from rnnkit.quantities import counted
from rnnkit.tasks.class_weights import class_weights
from rnnkit.tasks.embeddings import initial_embeddings
from rnnkit.tasks.labels import known_labels
from rnnkit.tasks.network import Network, Target, far_above_guessing
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.tagging.data import TaggedPart, TaggingCodec, tag_weights
from rnnkit.tasks.tagging.sections import TaggingSettings
from rnnkit.tasks.task import RecurrentModel

METRICS = ("loss", "accuracy")


def resolve_layers(
    model: RecurrentModel, features: int | None, labels: int, *, crf: bool, padded: bool
) -> Architecture:
    """The list of layers.

    Args:
        model: The `model:` section.
        features: The size of the vocabulary, or the numbers per step; None if not known yet.
        labels: The number of labels.
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
        Interface(timesteps=None, features=features, sequence_output=True, padded=padded),
    )


class TaggingNetwork(Network[TaggingCodec, TaggedPart]):
    """Scores the labels of every step, or each pair of neighbouring labels.

    Args:
        model: The `model:` section.
        codec: The codec of the data.
        settings: Whether the head is a conditional random field, and the weights of tags.
        random_seed: The random seed of the training.
    """

    def __init__(
        self,
        model: RecurrentModel,
        codec: TaggingCodec,
        settings: TaggingSettings,
        random_seed: int,
    ):
        padded = isinstance(codec, WordCodec) or codec.pads
        labels = self._outcomes = len(codec.labels)
        layers = resolve_layers(model, codec.features, labels, crf=settings.crf, padded=padded)
        super().__init__(layers)
        self._labels = codec.labels
        self._model, self._crf, self._random_seed = model, settings.crf, random_seed
        weights = tag_weights(settings.class_weight, codec.labels, required=False)
        self._balance = class_weights(weights, codec.labels)

    def objective(self) -> Objective:
        """The sums of loss, weights and correct tags; weights are (batch, timesteps)."""
        if self._crf:
            return _sums_of_chains
        return _sums_of_steps if self._balance is None else self._sums_of_weighed_steps

    def loss(self, outputs: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
        if self._crf:
            return losses.chain(outputs, targets, weights)
        counted = weights if self._balance is None else weights * self._balance[targets]
        return losses.cross_entropy(outputs, targets, counted)

    def loss_of_steps(self, outputs: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
        """The loss of each step on its own; of a chain, given the true tag before it."""
        if not self._crf:
            return self.loss(outputs, targets, weights)
        rows, steps = np.ogrid[: len(targets), : targets.shape[1]]
        before = np.pad(targets[:, :-1], ((0, 0), (1, 0)))
        return losses.cross_entropy(outputs[rows, steps, before], targets, weights)

    def target(self, outputs: np.ndarray, text: str | None) -> Target:
        steps, labels = outputs.shape[1], self._labels
        tags = text.split() if text is not None else self._best(outputs)
        known_labels(tags, labels.names)
        if len(tags) != steps:
            raise RnnkitError("", counted(len(tags), "tag"), f"Expected {steps}, one for each step")
        targets = np.array([[labels.position(tag) for tag in tags]], np.int32)
        return Target(" ".join(tags), targets, np.ones((1, steps), np.float32))

    def _best(self, outputs: np.ndarray) -> list[str]:
        if self._crf:
            ((best, _),) = decode(outputs, np.array([outputs.shape[1]]))
        else:
            best = outputs[0].argmax(axis=-1)
        return [self._labels.names[label] for label in best]

    def worst_loss(self, first: float | None) -> float | None:
        return far_above_guessing(self._outcomes)

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        steps = sums.get("steps", sums["weight"])
        return {"loss": sums["loss"] / sums["weight"], "accuracy": sums["correct"] / steps}

    def _sums_of_weighed_steps(self, logits: Any, targets: Any, weights: Any) -> dict[str, Any]:
        from keras import ops

        balance = ops.take(ops.convert_to_tensor(self._balance), ops.cast(targets, "int32"))
        nats, hits = cross_entropy(targets, logits)
        counted = weights * balance
        return {
            "loss": ops.sum(nats * counted),
            "weight": ops.sum(counted),
            "correct": ops.sum(hits * weights),
            "steps": ops.sum(weights),
        }

    def initial_weights(self, data: Prepared[TaggingCodec, TaggedPart]) -> dict[str, np.ndarray]:
        if not isinstance(data.codec, WordCodec):
            return {}
        vocabulary = data.codec.tokenizer.vocabulary
        words = data.codec.ids(data.parts["train"].inputs)
        return initial_embeddings(self._model.embedding, vocabulary, words, self._random_seed)


def _sums_of_chains(potentials: Any, targets: Any, weights: Any) -> dict[str, Any]:
    from keras import ops

    from rnnkit.models.crf import nats_and_hits

    nats, hits = nats_and_hits(potentials, targets, weights)
    return _sums(ops.sum(nats), hits, weights)


def _sums_of_steps(logits: Any, targets: Any, weights: Any) -> dict[str, Any]:
    from keras import ops

    nats, hits = cross_entropy(targets, logits)
    return _sums(ops.sum(nats * weights), hits, weights)


def _sums(loss: Any, hits: Any, weights: Any) -> dict[str, Any]:
    from keras import ops

    return {"loss": loss, "weight": ops.sum(weights), "correct": ops.sum(hits * weights)}
