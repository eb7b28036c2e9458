"""A series in the config itself."""

from __future__ import annotations

from typing import Any

import pytest

from rnnkit.config import dump_config, parse_config
from rnnkit.errors import RnnkitError

CONFIG = """\
task: {{forecasting: {{timesteps: 2}}}}
data: {{dataset: {dataset}, split: 0}}
model: {{embedding: none, layers: [simple_rnn: 1]}}
"""


def config(dataset: str) -> Any:
    return parse_config(CONFIG.format(dataset=dataset), "c.yaml")


@pytest.mark.parametrize(
    "dataset", ["{numbers: [1, -2.5, 3e2, 0]}", "{numbers: {values: [1, -2.5, 3e2, 0]}}"]
)
def test_numbers_load_and_sample_give_the_numbers(dataset: str) -> None:
    numbers = config(dataset).data.dataset
    for series in (numbers.load(), numbers.sample()):
        assert series.targets == ("number",)
        assert {name: values.tolist() for name, values in series.columns.items()} == {
            "number": [1, -2.5, 300, 0]
        }
        assert (len(series), series.times, series.future, series.notes) == (4, None, 0, ())
        assert not series.filled.any()


def test_dump_config_keeps_numbers() -> None:
    made = config("{numbers: [1, 0.1, -1e-7, 1e38]}")
    assert parse_config(dump_config(made)) == made


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ("numbers", "missing"),
        ("{numbers: }", "missing"),
        ("{numbers: []}", "at least 2"),
        ("{numbers: [1]}", "at least 2"),
        ("{numbers: 1}", "Expected a list"),
        ("{numbers: [1, two]}", "Expected a number"),
        ("{numbers: ['1', '2']}", "Expected a number"),
        ("{numbers: [1, true]}", "Expected a number"),
        ("{numbers: [1, null]}", "Expected a number"),
        ("{numbers: [1, [2]]}", "Expected a number"),
        ("{numbers: [1, .nan]}", "Expected"),
        ("{numbers: [1, .inf]}", "Expected"),
        ("{numbers: [1, 1e39]}", "Expected at most"),
        ("{numbers: [1, -1e300]}", "Expected at least"),
    ],
)
def test_numbers_refuses_wrong_forms(dataset: str, said: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        config(dataset)
    assert str(caught.value).startswith("c.yaml:2: data.dataset")
    assert said in str(caught.value)


def test_parse_config_accepts_numbers_for_forecasting_only() -> None:
    with pytest.raises(RnnkitError, match="'numbers' is not a valid dataset"):
        parse_config(
            "task: {language_model: 1}\ndata: {dataset: {numbers: [1, 2]}}\nmodel: {embedding: 8,"
            " layers: [lstm: 1]}\n"
        )
    with pytest.raises(RnnkitError, match="'fable' is not a valid dataset"):
        config("fable")
