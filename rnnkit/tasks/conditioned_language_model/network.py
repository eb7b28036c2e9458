"""A network whose initial states are computed from a condition."""

from __future__ import annotations

import numpy as np

from rnnkit.architecture import Architecture, Interface, resolve
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.dense import Dense
from rnnkit.tasks.conditioned_language_model.data import ConditionedCodec, ConditionedPart
from rnnkit.tasks.embeddings import initial_embeddings
from rnnkit.tasks.network import Target
from rnnkit.tasks.next_token import NextTokenNetwork, next_token_target
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.task import RecurrentModel


def resolve_layers(model: RecurrentModel, vocabulary: int | None) -> Architecture:
    """The list of layers, without the condition."""
    return resolve(
        "conditioned_language_model",
        model.embedding,
        model.layers,
        {"logits": Dense(units=vocabulary or 1)},
        Interface(timesteps=None, features=vocabulary, sequence_output=True),
    )


class ConditionedNetwork(NextTokenNetwork[ConditionedCodec, ConditionedPart]):
    """Predicts each token, given the condition and the tokens before it.

    Args:
        model: The `model:` section.
        codec: The codec of the data.
        random_seed: The random seed of the training.
    """

    def __init__(self, model: RecurrentModel, codec: ConditionedCodec, random_seed: int):
        layers = resolve_layers(model, len(codec.tokenizer))
        super().__init__(layers.with_condition(codec.condition.size, Condition))
        self._model, self._random_seed = model, random_seed
        self._tokenizer = codec.tokenizer

    def target(self, outputs: np.ndarray, text: str | None) -> Target:
        return next_token_target(self._tokenizer, outputs, text)

    def initial_weights(
        self, data: Prepared[ConditionedCodec, ConditionedPart]
    ) -> dict[str, np.ndarray]:
        vocabulary, texts = data.codec.tokenizer.vocabulary, data.parts["train"].texts
        return initial_embeddings(self._model.embedding, vocabulary, texts, self._random_seed)
