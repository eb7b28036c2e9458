"""The tokens that a model reads at each step, and the labels that it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.tokenizer import ENDS, UNKNOWN, Tokenizer
from rnnkit.engine.recorder import Call
from rnnkit.tasks.prepared import Codec


@runtime_checkable
class _HasTokenizer(Protocol):
    @property
    def tokenizer(self) -> Tokenizer: ...


@runtime_checkable
class _HasTwoTokenizers(Protocol):
    @property
    def source(self) -> Tokenizer: ...

    @property
    def target(self) -> Tokenizer: ...


def tokenizer_of(codec: Codec, *, encodes: bool = False) -> Tokenizer | None:
    """The vocabulary of a model's input; None if it reads numbers.

    Args:
        codec: The run's codec.
        encodes: Whether the input of the encoder is meant, not that of the decoder.
    """
    if isinstance(codec, _HasTwoTokenizers):
        return codec.source if encodes else codec.target
    return codec.tokenizer if isinstance(codec, _HasTokenizer) else None


@runtime_checkable
class _HasLabels(Protocol):
    @property
    def labels(self) -> Labels: ...


def labels_of(codec: Codec) -> Labels | None:
    """The labels that a model answers; None if it answers something else."""
    return codec.labels if isinstance(codec, _HasLabels) else None


def step_names(inputs: np.ndarray, codec: Codec, *, encodes: bool = False) -> list[str]:
    """The token at each step, or "step N" for a model that reads numbers.

    Args:
        inputs: (timesteps,) token ids, or (timesteps, ...) where a step is more than a token id.
        codec: The run's codec.
        encodes: Whether the encoder reads them.
    """
    tokenizer = tokenizer_of(codec, encodes=encodes)
    if tokenizer is None or inputs.dtype.kind != "i":
        return [f"step {number}" for number in range(1, len(inputs) + 1)]
    ids = inputs[:, 0] if inputs.ndim > 1 else inputs
    return [token_text(tokenizer, token_id) for token_id in ids.tolist()]


def read_tokens(call: Call, codec: Codec) -> list[str]:
    """The tokens that the first row of a call reads, without padding; as in `step_names`."""
    length = int(call.layers[0].lengths[0])
    return step_names(call.inputs[0], codec, encodes=call.encodes)[:length]


def gap_between(tokens: Sequence[str]) -> str:
    """The separator for printing tokens: "" for characters, and for subwords that hold their white
    space; otherwise a space."""
    have_white_space = any(token != token.strip() for token in tokens) or all(
        len(token) == 1 or token in (UNKNOWN, *ENDS) for token in tokens
    )
    return "" if have_white_space else " "


def token_text(tokenizer: Tokenizer, token_id: int) -> str:
    """The text of a token, or its entry in the vocabulary if it is not a whole character."""
    token, text = tokenizer.vocabulary[token_id], tokenizer.text([token_id])
    return token if not text or "\ufffd" in text else text
