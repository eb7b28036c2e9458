"""What goes together in the config of a language model."""

from __future__ import annotations

from typing import Any

import pytest

from rnnkit.errors import RnnkitError
from tests.helpers.language_models import prepared, refusal, stream_model, window_model


@pytest.mark.parametrize(
    ("task", "word"),
    [
        ({"window": 3, "stream": True}, "both"),
        ({"bptt": 5}, "neither.*condition: label"),
        ({"stream": False}, "neither"),
    ],
)
def test_settings_one_of_window_and_stream(task: dict[str, Any], word: str) -> None:
    with pytest.raises(RnnkitError, match=rf"task\.language_model\.window: {word}"):
        raise RnnkitError("", refusal(task=task))


@pytest.mark.parametrize(
    ("layers", "place", "word"),
    [
        (
            [{"gru": 3}, {"lstm": {"units": 4, "bidirectional": True}}],
            "model.layers.1.lstm.bidirectional",
            "predict",
        ),
        (
            [{"simple_rnn": {"units": 4, "unroll": True}}],
            "model.layers.0.simple_rnn.unroll",
            "stream",
        ),
        ([{"gru": 3}, {"pool": "max"}], "model.layers.1", "pool"),
        ([{"conv": 4}, {"gru": 3}], "model.layers.0", "state"),
    ],
)
def test_check_sections_layers_of_a_stream(layers: list[Any], place: str, word: str) -> None:
    message = refusal(layers=layers)
    assert f"{place}: " in message
    assert word in message


def test_check_training_ceiling_is_known_of_windows_alone() -> None:
    train = {"batch_size": 8, "early_stopping": {"at_ceiling": True}}
    with pytest.raises(RnnkitError, match=r"train\.early_stopping\.at_ceiling.*window"):
        stream_model(train=train)
    task = window_model()
    assert task.ceiling(prepared(task).parts["train"]) == 198 / 200


def test_check_sections_all_mistakes_together() -> None:
    message = refusal(
        layers=[
            {"lstm": {"units": 4, "bidirectional": True, "unroll": True}},
            {"gru": {"units": 2, "bidirectional": True}},
        ],
        split={"validation": 0.6, "test": 0.4},
        embedding="none",
        tie_weights=True,
    )
    assert {line.split(": ")[1] for line in message.splitlines()} >= {
        "model.embedding",
        "data.split",
        "model.layers.0.lstm.bidirectional",
        "model.layers.1.gru.bidirectional",
        "model.layers.0.lstm.unroll",
        "model.tie_weights",
    }


def test_check_sections_a_window_may_read_backwards_and_unrolled() -> None:
    assert window_model().task.steps == 3


def test_check_sections_tied_weights_of_another_size() -> None:
    message = refusal(layers=[{"lstm": 5}], tie_weights=True)
    assert "model.layers: " in message
    assert "tied weights" in message
