"""The layers of a language model, which predicts the next token of a window or of a stream."""

from __future__ import annotations

import numpy as np

from rnnkit.architecture import Architecture, Interface, LayerSpec, resolve
from rnnkit.data.encode.ragged import Sequences
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.tied import Tied
from rnnkit.tasks.embeddings import initial_embeddings
from rnnkit.tasks.language_model.data import LanguageCodec, LanguagePart
from rnnkit.tasks.language_model.sections import LanguageModelModel, LanguageModelSettings
from rnnkit.tasks.network import Target
from rnnkit.tasks.next_token import NextTokenNetwork, next_token_target
from rnnkit.tasks.prepared import Prepared


def resolve_layers(
    settings: LanguageModelSettings, model: LanguageModelModel, vocabulary: int | None
) -> Architecture:
    """The list of layers; `vocabulary` is None before the text is read."""
    return resolve(
        "language_model",
        model.embedding,
        model.layers,
        {"logits": _head(model, vocabulary or 1)},
        Interface(
            timesteps=settings.window,
            features=vocabulary,
            sequence_output=settings.stream,
            carries_state=settings.stream,
        ),
    )


def _head(model: LanguageModelModel, vocabulary: int) -> LayerSpec:
    if model.tie_weights and isinstance(model.embedding, Embedding):
        return Tied(dim=model.embedding.dim, vocabulary=vocabulary)
    return Dense(units=vocabulary)


class LanguageNetwork(NextTokenNetwork[LanguageCodec, LanguagePart]):
    """A language model.

    Args:
        settings: The task's settings: window or stream.
        model: The `model:` section.
        codec: Gives the size of the vocabulary.
        random_seed: The training's seed.
    """

    def __init__(
        self,
        settings: LanguageModelSettings,
        model: LanguageModelModel,
        codec: LanguageCodec,
        random_seed: int,
    ):
        super().__init__(resolve_layers(settings, model, len(codec.tokenizer)))
        self._model, self._random_seed = model, random_seed
        self._tokenizer = codec.tokenizer

    def target(self, outputs: np.ndarray, text: str | None) -> Target:
        return next_token_target(self._tokenizer, outputs, text)

    def initial_weights(self, data: Prepared[LanguageCodec, LanguagePart]) -> dict[str, np.ndarray]:
        vocabulary = data.codec.tokenizer.vocabulary
        text = Sequences.of([data.parts["train"].counted])
        return initial_embeddings(self._model.embedding, vocabulary, text, self._random_seed)
