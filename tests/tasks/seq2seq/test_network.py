"""The layers of an encoder-decoder."""

from __future__ import annotations

from typing import Any

from rnnkit.architecture import Architecture
from rnnkit.tasks.prepared import Source
from tests.helpers.paired import DECODER, ENCODER, seq2seq


def architecture_of(**settings: Any) -> Architecture:
    task = seq2seq(**settings)
    return task.network(task.prepare(Source()).codec).architecture


def units_of(architecture: Architecture) -> int | None:
    """The size of the attention's output."""
    return getattr(architecture.attention.spec, "units", None) if architecture.attention else None


def test_resolve_layers_gives_attention_the_size_that_fits() -> None:
    assert units_of(architecture_of()) == 4  # the decoder's
    tied = architecture_of(decoder={**DECODER, "tie_weights": True})
    assert (units_of(tied), tied.layers[-1].kind) == (3, "tied")
    dropped = architecture_of(attention={"score": "additive", "units": 7, "dropout": 0.2})
    assert (units_of(dropped), dropped.layers[-2].kind) == (7, "dropout")
    assert architecture_of(attention=None).attention is None


def test_resolve_layers_of_one_hot_tokens() -> None:
    one_hot = {"embedding": "one_hot"}
    architecture = architecture_of(encoder={**ENCODER, **one_hot}, decoder={**DECODER, **one_hot})
    assert units_of(architecture) == 4
