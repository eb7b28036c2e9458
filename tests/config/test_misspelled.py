"""A misspelled key is one mistake, and hides none below it."""

from __future__ import annotations

import pytest

from rnnkit.config import parse_config
from rnnkit.errors import RnnkitError, RnnkitErrors

CONFIG = """\
task: {language_model: {window: 3}}
data: {dataset: fable, split: 0}
model: {embedding: 8, layers: [{simple_rnn: {units: 4}}]}
train: {epochs: 1}
"""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "datset"}, ["c:2: data.datset: .*'dataset'"]),
        ({"layers": "layer"}, ["c:3: model.layer: .*'layers'"]),
        ({"train": "trian"}, ["c:4: trian: .*'train'"]),
        ({"task": "tsak"}, ["c:1: tsak: .*'task'"]),
        ({"window": "windw"}, ["c:1: task.language_model.windw: .*'window'"]),
        (
            {"model: {e": "modle: {e", "units": "untis", "epochs: 1": "epochs: no"},
            [
                "c:3: modle: .*'model'",
                "c:3: model.layers.0.simple_rnn.untis: .*'units'",
                "c:4: train.epochs: found",
            ],
        ),
        (
            {"task:": "taks:", "data:": "dat:", "dataset": "datset", "layers": "layer"},
            [
                "c:1: taks: .*'task'",
                "c:2: dat: .*'data'",
                "c:2: data.datset: .*'dataset'",
                "c:3: model.layer: .*'layers'",
            ],
        ),
        (
            {"language_model": "languge_model", "layers": "layer"},
            ["c:1: task", "c:3: model.layer:"],
        ),
    ],
)
def test_a_misspelled_key_is_one_mistake(changes: dict[str, str], said: list[str]) -> None:
    text = CONFIG
    for right, wrong in changes.items():
        text = text.replace(right, wrong, 1)
    with pytest.raises(RnnkitError) as caught:
        parse_config(text, "c")
    errors = caught.value.errors
    assert len(errors) == len(said), str(caught.value)
    for error, pattern in zip(errors, said, strict=True):
        with pytest.raises(RnnkitError, match=pattern):
            raise error


def test_an_unknown_key_beside_the_one_that_is_meant_is_no_misspelling() -> None:
    with pytest.raises(RnnkitError, match=r"model\.layer: unknown key") as caught:
        parse_config(CONFIG.replace("layers:", "layer: [dense: 3], layers:"), "c")
    assert not isinstance(caught.value, RnnkitErrors)
