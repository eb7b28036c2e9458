"""An encoder whose last states start a decoder, with or without attention."""

from __future__ import annotations

import numpy as np

from rnnkit.architecture import Architecture, Interface, LayerSpec, resolve
from rnnkit.models.layers.attention import Attention
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.tied import Tied
from rnnkit.tasks.embeddings import initial_embeddings
from rnnkit.tasks.next_token import NextTokenNetwork
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.seq2seq.data import PairCodec, PairPart
from rnnkit.tasks.seq2seq.sections import Seq2SeqModel


def resolve_encoder(model: Seq2SeqModel, vocabulary: int | None = None) -> Architecture:
    """The encoder's list of layers."""
    return resolve(
        "encoder",
        model.encoder.embedding,
        model.encoder.layers,
        {},
        Interface(timesteps=None, features=vocabulary, sequence_output=True, padded=True),
    )


def resolve_layers(
    model: Seq2SeqModel, source_vocabulary: int | None = None, target_vocabulary: int | None = None
) -> Architecture:
    """The decoder's list of layers, with its encoder."""
    encoder = resolve_encoder(model, source_vocabulary)
    decoder = resolve(
        "seq2seq",
        model.decoder.embedding,
        model.decoder.layers,
        _head(model, encoder.output_shape[-1] or 1, target_vocabulary or 1),
        Interface(timesteps=None, features=target_vocabulary, sequence_output=True),
    )
    return decoder.with_encoder(encoder, Condition) if decoder.states() else decoder


def _head(model: Seq2SeqModel, memory: int, vocabulary: int) -> dict[str, LayerSpec]:
    first, attention = model.decoder.embedding, model.attention
    tied = first if model.decoder.tie_weights and isinstance(first, Embedding) else None
    head: dict[str, LayerSpec] = {}
    if attention:
        sizes = [
            layer.output_shape((None, 1), True)[-1] or 1
            for layer in model.decoder.layers
            if layer.state_shapes((None, 1))
        ]
        units = attention.units or (tied.dim if tied else sizes[-1] if sizes else 1)
        head["attention"] = Attention(score=attention.score, units=units, memory=memory)
        if attention.dropout:
            head["attention_dropout"] = Dropout(rate=attention.dropout)
    last = Tied(dim=tied.dim, vocabulary=vocabulary) if tied else Dense(units=vocabulary)
    return {**head, "logits": last}


class Seq2SeqNetwork(NextTokenNetwork[PairCodec, PairPart]):
    """Predicts each token of the target, given the source and the tokens before it.

    Args:
        model: The `model:` section.
        codec: The codec of the data.
        random_seed: The random seed of the training.
    """

    def __init__(self, model: Seq2SeqModel, codec: PairCodec, random_seed: int):
        super().__init__(resolve_layers(model, len(codec.source), len(codec.target)))
        self._model, self._random_seed = model, random_seed

    def initial_weights(self, data: Prepared[PairCodec, PairPart]) -> dict[str, np.ndarray]:
        codec, train, seed = data.codec, data.parts["train"], self._random_seed
        encoder, decoder = self._model.encoder.embedding, self._model.decoder.embedding
        source = initial_embeddings(encoder, codec.source.vocabulary, train.sources, seed)
        target = initial_embeddings(decoder, codec.target.vocabulary, train.targets, seed)
        return {f"encoder/{name}": vectors for name, vectors in source.items()} | target
