"""The initializers of a config."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import TypeAdapter

from rnnkit.cells.gru import GRU
from rnnkit.models.build import build_model, get_weights
from rnnkit.models.initializers import Initializer
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from tests.helpers.random_models import architecture


def written(value: Any) -> Any:
    """What a config's entry makes of a (4, 6) weight."""
    spec: Any = TypeAdapter(Initializer).validate_python(value)
    return np.asarray(spec.build()((4, 6)))


def test_initializer_build_passes_its_arguments_to_keras() -> None:
    assert (written("zeros") == 0).all()
    assert (written({"constant": 2.5}) == 2.5).all()
    np.testing.assert_array_equal(written({"identity": 3.0}), 3 * np.eye(4, 6))
    rows = written({"orthogonal": {"gain": 2.0}})
    np.testing.assert_allclose(rows @ rows.T, 4 * np.eye(4), atol=1e-5)
    uniform = written({"random_uniform": {"minval": 5.0, "maxval": 6.0}})
    assert ((uniform >= 5) & (uniform < 6)).all()
    assert np.abs(written({"random_normal": {"mean": 10.0, "stddev": 0.1}}) - 10).max() < 1


def initial(random_seed: int) -> dict[str, np.ndarray]:
    from rnnkit import backend

    model = architecture(
        Embedding(dim=3),
        GRU(units=3, bidirectional=True),
        Dense(units=4),
        Dense(units=4),
        timesteps=3,
        features=6,
    )
    backend.seed(random_seed)
    return get_weights(build_model(model), model)


def test_initializers_follow_the_random_seed() -> None:
    first, again, other = initial(1), initial(1), initial(2)
    random = [name for name, array in first.items() if array.any()]
    assert random == [name for name in first if not name.endswith("bias")]
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
    assert not any((first[name] == other[name]).any() for name in random)
    # Two weights of one shape are drawn one after the other, not twice the same.
    assert (first["dense_2/kernel"] != first["logits/kernel"]).all()
    assert (first["gru/forward/kernel"] != first["gru/backward/kernel"]).all()
    assert (first["gru/forward/recurrent_kernel"] != first["gru/backward/recurrent_kernel"]).any()
