"""Encoder-decoders for the tests: any stack on either side, with or without attention, and sources
of unequal length.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from rnnkit.architecture import PADDING, Architecture, Interface, LayerSpec, resolve
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.models.layers.attention import Attention
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding

SOURCES, TARGETS = 7, 6  # tokens of the vocabularies

KINDS: tuple[Any, ...] = (SimpleRNN, LSTM, GRU)


def encoder_decoder(
    encoder: Sequence[LayerSpec], decoder: Sequence[LayerSpec], score: Any = None, units: int = 4
) -> Architecture:
    """An embedding and these layers on either side, attention of that score where it is named, and
    a head.
    """
    reads = resolve(
        "encoder",
        Embedding(dim=3),
        encoder,
        {},
        Interface(timesteps=None, features=SOURCES, sequence_output=True, padded=True),
    )
    head: dict[str, LayerSpec] = (
        {"attention": Attention(score=score, units=units, memory=reads.output_shape[-1] or 0)}
        if score
        else {}
    )
    head["logits"] = Dense(units=TARGETS)
    writes = resolve(
        "seq2seq",
        Embedding(dim=3),
        decoder,
        head,
        Interface(timesteps=None, features=TARGETS, sequence_output=True),
    )
    return writes.with_encoder(reads, Condition)


@st.composite
def encoder_decoders(draw: st.DrawFn) -> Architecture:
    """One to three recurrent layers of any sizes on either side, those of the encoder perhaps
    bidirectional, with other layers between.
    """

    def stack(both_ways: st.SearchStrategy[bool]) -> list[LayerSpec]:
        layers: list[LayerSpec] = []
        for _ in range(draw(st.integers(1, 3))):
            layers.append(
                draw(st.sampled_from(KINDS))(
                    units=draw(st.integers(2, 5)), bidirectional=draw(both_ways)
                )
            )
            layers += draw(
                st.lists(
                    st.sampled_from([Dropout(rate=0.5), Dense(units=3, activation="tanh")]),
                    max_size=1,
                )
            )
        return layers

    return encoder_decoder(
        stack(st.booleans()),
        stack(st.just(False)),
        draw(st.sampled_from([None, "additive", "multiplicative"])),
        draw(st.integers(2, 5)),
    )


def sources(seed: int, batch: int, timesteps: int) -> np.ndarray:
    """Sources of unequal length, padded at their end: the first fills the whole width, the
    second is a single token.
    """
    generator = np.random.default_rng(seed)
    lengths = np.array([timesteps, 1, *generator.integers(1, timesteps + 1, batch)])[:batch]
    tokens = generator.integers(1, SOURCES, (batch, timesteps))
    return np.where(np.arange(timesteps) < lengths[:, None], tokens, PADDING).astype(np.int32)


def targets(seed: int, batch: int, timesteps: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, TARGETS, (batch, timesteps)).astype(np.int32)
