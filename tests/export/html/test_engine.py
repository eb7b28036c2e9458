from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.architecture import Architecture
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.export.html import page
from rnnkit.export.html.layers import describe
from rnnkit.models.layers.dense import Dense
from tests.helpers.exported import KINDS, exported
from tests.helpers.random_models import (
    BOUNDED,
    architecture,
    architectures,
    examples,
    is_well_conditioned,
    random_inputs,
    random_weights,
)

ANSWER = """([about, weights, rows]) => {
  const floats = (text) => new Float32Array(
    Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  const arrays = Object.fromEntries(Object.entries(weights).map(
    ([name, [shape, text]]) => [name, { shape, data: floats(text) }]));
  const network = new rnnkit.Network(about, arrays);
  return rows.map((row) => [...network.answer(row).data]);
}"""


@pytest.fixture(scope="module")
def networks(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A tab with the page's engine in it."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        text = page(exported(KINDS["window"]()))
    (folder / "page.html").write_text(text, encoding="utf-8")
    tab = browser.new_page()
    tab.goto((folder / "page.html").as_uri())
    yield tab
    tab.close()


def answers(tab: Any, model: Architecture, weights: Any, inputs: np.ndarray) -> list[list[float]]:
    arrays = {
        name: [array.shape, base64.b64encode(array.astype("<f4").tobytes()).decode()]
        for name, array in weights.items()
    }
    about = json.loads(json.dumps(describe(model)))
    found: list[list[float]] = tab.evaluate(ANSWER, [about, arrays, inputs.tolist()])
    return found


@given(model=architectures() | architectures(BOUNDED, padded=True), seed=st.integers(0, 2**31))
@examples()
def test_engine_is_numpys_engine(networks: Any, model: Architecture, seed: int) -> None:
    """Any input, recurrent layers in one direction or both, every activation, any pool."""
    weights = random_weights(model, seed)
    inputs = random_inputs(model, seed, batch=2)
    if model.padded:
        inputs = inputs[:1]
    if not is_well_conditioned(model, weights, inputs):
        return
    expected = Engine(model, weights).outputs(inputs)
    found = np.array(answers(networks, model, weights, inputs)).reshape(expected.shape)
    size = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * size)


class Doubled(Dense):
    """A layer of a user's own."""


def test_describe_names_a_layer_that_a_page_cannot_compute() -> None:
    from rnnkit.models.layers.embedding import Embedding
    from rnnkit.models.layers.pool import Pool

    model = architecture(Embedding(dim=3), Doubled(units=2), Pool(mode="mean"))
    with pytest.raises(RnnkitError, match="Doubled") as caught:
        describe(model)
    assert caught.value.exit_code == 2
    assert caught.value.hint == "Export to keras or saved_model"
