"""Sections of a conditioned language model's config that contradict each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.config import parse_config
from rnnkit.errors import RnnkitError
from tests.helpers.conditioned import refusal


@pytest.mark.parametrize(
    ("layers", "place", "word"),
    [
        (
            [{"lstm": {"units": 4, "bidirectional": True}}],
            "model.layers.0.lstm.bidirectional",
            "predict",
        ),
        ([{"gru": {"units": 4, "unroll": True}}], "model.layers.0.gru.unroll", "any length"),
        ([{"dense": 4}], "model.layers", "state"),
        ([{"gru": 4}, {"pool": "mean"}], "model.layers.1", "pool"),
    ],
)
def test_check_sections_layers(layers: list[Any], place: str, word: str) -> None:
    message = refusal(layers=layers)
    assert f"{place}: " in message
    assert word in message


@pytest.mark.parametrize(
    ("columns", "condition"), [({"features": "label"}, "label"), ({}, "features")]
)
def test_check_sections_condition_that_the_data_set_lacks(
    columns: dict[str, str], condition: str
) -> None:
    Path("names.jsonl").write_text('{"text": "a", "label": [1, 2]}\n', encoding="utf-8")
    config = {
        "task": {"language_model": {"condition": condition}},
        "data": {"dataset": {"jsonl": {"path": "names.jsonl", **columns}}},
        "model": {"embedding": 3, "layers": [{"gru": 4}]},
    }
    match = rf"task\.language_model\.condition: {condition}, but"
    with pytest.raises(RnnkitError, match=match):
        parse_config(config)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"condition": "label", "window": 3}, r"language_model\.window: unknown key"),
        ({"conditon": "label", "window": 3}, r"language_model\.conditon: .*mean 'condition'"),
    ],
)
def test_settings_keys(settings: dict[str, Any], message: str) -> None:
    config = {
        "task": {"language_model": settings},
        "data": {"dataset": "tweets" if "condition" in settings else "fable"},
        "model": {"layers": [{"gru": 2}]},
    }
    with pytest.raises(RnnkitError, match=message):
        parse_config(config)


def test_check_sections_shares_that_leave_nothing() -> None:
    message = refusal(split={"validation": 0.6, "test": 0.4})
    assert "data.split: " in message
    assert "everything" in message
