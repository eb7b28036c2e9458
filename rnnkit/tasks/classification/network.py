"""The layers and the loss of a classifier."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.architecture import Architecture, Interface, resolve
from rnnkit.backend import Objective
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.engine import losses
from rnnkit.models.layers.dense import Dense
from rnnkit.tasks.class_weights import ClassWeight, class_weights
from rnnkit.tasks.classification.data import ClassificationCodec, ClassificationPart
from rnnkit.tasks.classification.sections import ClassificationData
from rnnkit.tasks.embeddings import initial_embeddings
from rnnkit.tasks.labels import known_labels
from rnnkit.tasks.network import Network, Target, far_above_guessing
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.task import RecurrentModel

METRICS = ("loss", "accuracy", "f1")


def resolve_layers(
    model: RecurrentModel,
    data: ClassificationData,
    features: int | None,
    outputs: int,
    *,
    pads_numbers: bool = False,
) -> Architecture:
    """The list of layers.

    Args:
        model: The `model:` section.
        data: The `data:` section.
        features: The size of the vocabulary, or the numbers per step; None if not known yet.
        outputs: The number of logits.
        pads_numbers: Whether sequences of numbers are padded.
    """
    return resolve(
        "classification",
        model.embedding,
        model.layers,
        {"logits": Dense(units=outputs)},
        Interface(
            timesteps=data.max_length if data.batching == "fixed" else None,
            features=features,
            sequence_output=False,
            padded=data.mask if data.reads_text else pads_numbers,
        ),
    )


class ClassificationNetwork(Network[ClassificationCodec, ClassificationPart]):
    """A classifier: the sigmoid of one logit for two labels, a softmax for more; for texts with
    several labels, a sigmoid each.

    Args:
        model: The `model:` section.
        data: The `data:` section.
        codec: Gives the sizes and the labels.
        class_weight: How much each label counts in the loss.
        random_seed: The training's seed.
    """

    def __init__(
        self,
        model: RecurrentModel,
        data: ClassificationData,
        codec: ClassificationCodec,
        class_weight: ClassWeight,
        random_seed: int,
    ):
        pads = isinstance(codec, ArrayCodec) and codec.pads
        outputs = codec.labels.outputs
        super().__init__(resolve_layers(model, data, codec.features, outputs, pads_numbers=pads))
        self._first, self._labels, self._random_seed = model.embedding, codec.labels, random_seed
        self._balance = class_weights(class_weight, codec.labels)

    def objective(self) -> Objective:
        return self._several_labels if self._labels.several else self._one_label

    def _one_label(self, outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
        """Sums over (batch, outputs) logits, with (batch,) label indices and (batch,) weights in
        the loss, 0 for padding.
        """
        from keras import ops

        if self._labels.outputs == 1:
            logits = outputs[:, 0]  # for the second label
            nats = ops.softplus(logits) - ops.cast(targets, logits.dtype) * logits
            answers = ops.cast(logits > 0, "int32")
        else:
            nats = ops.sparse_categorical_crossentropy(targets, outputs, from_logits=True)
            answers = ops.cast(ops.argmax(outputs, axis=-1), "int32")
        hits = ops.cast(ops.equal(answers, targets), weights.dtype)
        is_text, counted = ops.cast(weights > 0, weights.dtype), weights
        if self._balance is not None:
            counted = weights * ops.take(ops.convert_to_tensor(self._balance), targets)
        return {
            "loss": ops.sum(nats * counted),
            "weight": ops.sum(counted),
            "correct": ops.sum(hits * is_text),
            "texts": ops.sum(is_text),
        }

    def _several_labels(self, outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
        """Sums over (batch, labels) logits, with (batch, labels) zeros and ones, (batch,)
        weights.
        """
        from keras import ops

        nats = ops.softplus(outputs) - targets * outputs  # (texts, labels)
        if self._balance is not None:
            absent, present = self._balance
            nats = nats * (targets * present + (1 - targets) * absent)
        predicted = ops.cast(outputs > 0, targets.dtype)
        exact = ops.cast(ops.all(ops.equal(predicted, targets), axis=-1), weights.dtype)
        is_text = ops.cast(weights > 0, weights.dtype)
        column = is_text[:, None]
        return {
            "loss": ops.sum(ops.mean(nats, axis=-1) * weights),
            "weight": ops.sum(weights),
            "correct": ops.sum(exact * is_text),
            "texts": ops.sum(is_text),
            "true_positives": ops.sum(predicted * targets * column),
            "given": ops.sum(predicted * column),
            "wanted": ops.sum(targets * column),
        }

    def loss(self, outputs: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
        if self._labels.several:
            nats = losses.two_outcomes(outputs, targets)
            if self._balance is not None:
                absent, present = self._balance
                nats = nats * (targets * present + (1 - targets) * absent)
            return losses.weighted_mean(nats.mean(axis=-1), weights)
        counted = weights if self._balance is None else weights * self._balance[targets]
        if self._labels.outputs == 1:
            return losses.weighted_mean(losses.two_outcomes(outputs[:, 0], targets), counted)
        return losses.cross_entropy(outputs, targets, counted)

    def target(self, outputs: np.ndarray, text: str | None) -> Target:
        labels, one = self._labels, np.ones(1, np.float32)
        if labels.several:
            decisions = zip(labels.names, outputs[0] > 0, strict=True)
            predicted = [name for name, is_predicted in decisions if is_predicted]
            chosen = predicted if text is None else text.replace(",", " ").split()
            known_labels(chosen, labels.names)
            return Target(", ".join(chosen) or "no label", labels.encode([tuple(chosen)]), one)
        if text is None:
            best = int(outputs[0, 0] > 0) if labels.outputs == 1 else int(outputs[0].argmax())
            text = labels.names[best]
        known_labels([text], labels.names)
        return Target(text, labels.encode([(text,)]), one)

    def worst_loss(self, first: float | None) -> float | None:
        return far_above_guessing(2 if self._labels.several else self._labels.outputs)

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        scores = {
            "loss": sums["loss"] / sums["weight"],
            "accuracy": sums["correct"] / sums["texts"],
        }
        if "given" in sums:
            scores["f1"] = 2 * sums["true_positives"] / max(1.0, sums["given"] + sums["wanted"])
        return scores

    def initial_weights(
        self, data: Prepared[ClassificationCodec, ClassificationPart]
    ) -> dict[str, np.ndarray]:
        texts = data.parts["train"].whole
        return initial_embeddings(self._first, data.codec.vocabulary, texts, self._random_seed)
