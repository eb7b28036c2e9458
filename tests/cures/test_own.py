"""Hints about a person's own components work: the file is corrected as they say."""

from __future__ import annotations

import pytest

from tests.cures.mistakes import ANSWERS, Case, base, require_cured

pytestmark = pytest.mark.filterwarnings("ignore:Field name")  # pydantic's, of the same mistake

CALL = ("check", "c.yaml", "--code", "my.py")
FORMAT = """
from rnnkit.data.formats.text import TextFormat


class Mine(TextFormat):
    suffixes%s = (".mine",)
"""
NO_SCORE = "from rnnkit.metrics.metric import MetricSpec\n\n\nclass Mine(MetricSpec):\n    {}\n"
CELL = """
from typing import Any, ClassVar

from rnnkit.cells.cell import Cell
from rnnkit.cells.recurrent import RecurrentSpec


class MyCell(Cell["My"]):
    def shapes(self, features, units):
        return {WEIGHTS}

    def step(self, xp, projected, state, weights, spec):
        output = xp.tanh(projected + xp.matmul(state[0], weights["recurrent_kernel"]))
        return output, (output,)


class My(RecurrentSpec):
    cell: ClassVar[Cell[Any]] = MyCell()
"""
SQUARE = '"recurrent_kernel": (units, units)'
WEIGHTS = '{"kernel": (features, units), "bias": (units,), ' + SQUARE + "}"

LAYER = """
from rnnkit.architecture.layers import LayerSpec


class Mine(LayerSpec):
    consumes_sequence = True

    def output_shape(self, inputs, sequence):
        return inputs

    def build(self, layer):
        raise NotImplementedError
"""
TASK = """
from rnnkit.tasks.language_model.task import LanguageModel


class Mine(LanguageModel):
    mood: str
"""
PAGE = ("export", "own_answers", "html", "--code", "my.py")
SHOWN = ANSWERS.format("def playground(self): return super().playground()")


def layered(data: str = "") -> str:
    """A config with a layer of one's own that reads along time."""
    texts = f"{{dataset: {{csv: {{path: a.csv, text: text, label: label}}}}{data}}}"
    return base("classification", texts, '{embedding: 4, layers: ["my:Mine", gru: 3]}')


JUDGE = base("classification", "{dataset: {csv: {path: a.csv, text: text, label: label}}}")
SCORED = JUDGE + 'metrics: ["my:Mine"]\n'
OF_CELLS = base(model='{embedding: 4, layers: ["my:My": 3]}')
BY_HAND: dict[str, tuple[str, str, str]] = {
    "attribute as a key": (base(), FORMAT.replace("%s", ": tuple"), FORMAT.replace("%s", "")),
    "no score": (
        SCORED,
        NO_SCORE.format("pass"),
        NO_SCORE.format("def score(self, true, predicted): return 0"),
    ),
    "no kernel": (
        OF_CELLS,
        CELL.replace("{WEIGHTS}", "{" + SQUARE + "}"),
        CELL.replace("{WEIGHTS}", WEIGHTS),
    ),
    "equation that keras does not train": (
        OF_CELLS,
        f"from rnnkit.cells.simple_rnn import SimpleRNNCell\n{CELL}".replace(
            "{WEIGHTS}", WEIGHTS
        ).replace('Cell["My"]', "SimpleRNNCell"),
        CELL.replace("{WEIGHTS}", WEIGHTS),
    ),
}
CASES = {
    f"own: {name}": Case(
        config, {"my.py": wrong}, CALL, mended=(Case(config, {"my.py": right}, CALL),)
    )
    for name, (config, wrong, right) in BY_HAND.items()
}


CASES |= {
    "own: layer of one's own": Case(
        layered(),
        {"my.py": LAYER},
        CALL,
        mended=(
            Case(layered(", mask: false, batching: fixed, max_length: 9"), {"my.py": LAYER}, CALL),
        ),
    ),
    "own: starter of other keys": Case(
        "", {"my.py": TASK}, ("config", "new", "my:Mine", "--code", "my.py")
    ),
    "own: page of a predictor of one's own": Case(
        "", {}, PAGE, ("own answers",), mended=(Case("", {"my.py": SHOWN}, PAGE),)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_hints_about_own_components_cure_the_mistake(name: str) -> None:
    require_cured(CASES[name])
