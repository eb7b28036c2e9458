"""Sections of an encoder-decoder's config that contradict each other."""

from __future__ import annotations

from typing import Any

import pytest

from rnnkit.errors import RnnkitError
from tests.helpers.paired import DECODER, ENCODER, seq2seq


def side(own: dict[str, Any], *layers: dict[str, Any]) -> dict[str, Any]:
    return {**own, "layers": list(layers)}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"decoder": side(DECODER, {"gru": {"units": 4, "bidirectional": True}})},
            r"decoder\.layers\.0\.gru\.bidirectional: .*backwards",
        ),
        (
            {"decoder": side(DECODER, {"gru": {"units": 4, "unroll": True}})},
            r"decoder\.layers\.0\.gru\.unroll: .*any length",
        ),
        (
            {"encoder": side(ENCODER, {"gru": {"units": 4, "unroll": True}})},
            r"encoder\.layers\.0\.gru\.unroll: .*any length",
        ),
        ({"decoder": side(DECODER, {"dense": 4})}, r"decoder\.layers: .*state"),
        ({"encoder": side(ENCODER, {"dense": 4})}, r"encoder\.layers: .*state"),
        ({"encoder": side(ENCODER, {"gru": 4}, {"pool": "mean"})}, r"encoder\.layers\.1: .*pool"),
        ({"decoder": side(DECODER, {"gru": 4}, {"pool": "mean"})}, r"decoder\.layers\.1: .*pool"),
        (
            {"decoder": side(DECODER, {"gru": 4}, {"attention": 3})},
            r"decoder\.layers\.1: .*'attention'",
        ),
        ({"decoder": {**DECODER, "embedding": "none"}}, r"decoder\.embedding: .*numbers"),
        ({"encoder": {**ENCODER, "embedding": "none"}}, r"encoder\.embedding: .*numbers"),
        (
            {"decoder": {**DECODER, "tie_weights": True}, "attention": None},
            r"decoder\.layers: .*4 .*3",
        ),
        (
            {"decoder": {**DECODER, "embedding": "one_hot", "tie_weights": True}},
            r"decoder\.tie_weights: .*embedding",
        ),
        (
            {
                "decoder": {**DECODER, "tie_weights": True},
                "attention": {"score": "additive", "units": 4},
            },
            r"model\.attention\.units: 4, .* tied .* 3\. Expected 3\. Leave it out",
        ),
        ({"split": {"validation": 0.5, "test": 0.5}}, r"data\.split: .*everything"),
    ],
)
def test_check_sections_names_the_key(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        seq2seq(**settings)
