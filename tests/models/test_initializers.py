"""The initializers of a config, held against keras'."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from rnnkit.models.build import build_model, get_weights
from rnnkit.models.initializers import Initializer
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.gru import GRU
from rnnkit.registry import INITIALIZERS, lookup
from tests.random_models import architecture

LEFT_OUT = ("self", "seed", "input_axes", "output_axes")
"""The seed follows train.random_seed, and no kernel here has more than two axes."""


@pytest.mark.parametrize("name", INITIALIZERS)
def test_fields_and_defaults_are_keras_own(name: str) -> None:
    import keras

    spec, own = lookup("initializer", name), getattr(keras.initializers, name)
    defaults = {
        key: parameter.default
        for key, parameter in inspect.signature(own).parameters.items()
        if key not in LEFT_OUT
    }
    assert own.__name__ == spec.__name__
    assert {key: field.default for key, field in spec.model_fields.items()} == defaults
    made = spec().build()
    assert type(made) is own
    values = np.asarray(made((6, 6)))
    assert values.shape == (6, 6)
    assert np.isfinite(values).all()
    # Copies, as keras makes them for a bidirectional layer, keep every argument.
    given = {key: {float: 0.75}.get(type(value), value) for key, value in defaults.items()}
    copy = keras.initializers.deserialize(keras.initializers.serialize(spec(**given).build()))
    assert {key: getattr(copy, key) for key in given} == given


def written(value: Any) -> Any:
    """What a config's entry makes of a (4, 6) weight."""
    spec: Any = TypeAdapter(Initializer).validate_python(value)
    return np.asarray(spec.build()((4, 6)))


def test_what_they_make() -> None:
    assert (written("zeros") == 0).all()
    assert (written("ones") == 1).all()
    assert (written({"constant": 2.5}) == 2.5).all()
    np.testing.assert_array_equal(written({"identity": 3.0}), 3 * np.eye(4, 6))
    rows = written({"orthogonal": {"gain": 2.0}})
    np.testing.assert_allclose(rows @ rows.T, 4 * np.eye(4), atol=1e-5)
    uniform = written({"random_uniform": {"minval": 5.0, "maxval": 6.0}})
    assert ((uniform >= 5) & (uniform < 6)).all()
    assert len(np.unique(uniform)) == 24
    assert np.abs(written({"random_normal": {"mean": 10.0, "stddev": 0.1}}) - 10).max() < 1
    assert np.abs(written({"truncated_normal": {"stddev": 0.1}})).max() < 0.2 + 1e-6
    assert np.abs(written("glorot_uniform")).max() <= np.sqrt(6 / (4 + 6))
    assert np.abs(written("he_uniform")).max() <= np.sqrt(6 / 4)
    assert np.abs(
        written({"variance_scaling": {"scale": 3.0, "mode": "fan_out", "distribution": "uniform"}})
    ).max() <= np.sqrt(3 * 3 / 6)


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


def test_they_follow_the_random_seed() -> None:
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
