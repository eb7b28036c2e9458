"""The layers of a language model."""

from __future__ import annotations

import pytest

from tests.helpers.language_models import checked, prepared, stream_model, window_model

pytestmark = pytest.mark.backend


def test_resolve_layers_tied_head() -> None:
    tied = stream_model(layers=[{"lstm": 5}, {"dense": 4}], tie_weights=True)
    architecture = tied.network(prepared(tied).codec).architecture
    assert architecture.carries_state
    assert architecture.output_shape == (None, 113)
    assert architecture.layers[-1].ties == "embedding"


def test_resolve_layers_window_answers_once() -> None:
    task = window_model()
    plain = task.network(prepared(task).codec).architecture
    assert (plain.carries_state, plain.output_shape) == (False, (113,))
    tied = checked(
        {
            "task": {"language_model": 3},
            "data": {"dataset": "fable", "split": 0},
            "model": {"embedding": 4, "layers": [{"gru": 4}], "tie_weights": True},
        }
    )
    assert tied.network(prepared(tied).codec).architecture.output_shape == (113,)


def test_initial_weights_from_the_texts() -> None:
    task = stream_model(embedding={"dim": 4, "from_texts": True})
    data = prepared(task)
    weights = task.network(data.codec).initial_weights(data)
    assert weights["embedding/embeddings"].shape == (113, 4)
    assert not stream_model().network(data.codec).initial_weights(data)
