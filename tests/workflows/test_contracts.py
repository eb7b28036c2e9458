"""An incomplete or mistaken component of the user's own is named: its class, its file, and what is
expected.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.registry import USER_MODULES
from rnnkit.run import RunFolder
from rnnkit.tasks.task import task_of
from rnnkit.workflows.code import import_file
from tests.cli.invoke import invoke
from tests.cures.mistakes import base

LOGITS, HISTORY = np.zeros((2, 5)), np.zeros((2, 3), int)


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop("my", None)
    USER_MODULES[:] = [name for name in USER_MODULES if name != "my"]


def imported(text: str) -> Any:
    """A file of the user's, as --code brings it in."""
    Path("my.py").write_text(text, encoding="utf-8")
    import_file("my.py")
    return sys.modules["my"]


CONFIG = """\
task: {task}
data: {{dataset: {dataset}, split: 0}}
model: {{embedding: 4, layers: [{layer}]}}
metrics: {metrics}
"""
PARTS = {
    "task": "classification",
    "dataset": "{csv: {path: a.csv, text: text, label: label}}",
    "layer": "gru: 3",
    "metrics": "[]",
}
CELL = "from typing import ClassVar\nfrom rnnkit.cells.cell import Cell\n"
CELL += "from rnnkit.cells.recurrent import RecurrentSpec\n"
LAYER = "from rnnkit.architecture import LayerSpec\n"
METRIC = "from rnnkit.metrics.metric import MetricSpec\n"
SAMPLER = "from rnnkit.generation.samplers import SamplerSpec\n"
DATASET = "from rnnkit.data.dataset import LabelledDataset, TextDataset, Corpus\n"
DATASET += "from rnnkit.data.raw.labelled import Examples, Labelled\n"
FORMAT = (
    "from rnnkit.data.formats.text import TextFormat\nfrom rnnkit.data.formats.format import Row\n"
)


@pytest.mark.usefixtures("runs")
def test_task_of_a_class_that_is_imported_anew_is_the_new_one() -> None:
    imported(f"{SAMPLER}class Mine(SamplerSpec):\n    def apply(self, logits, history): ...")
    config = base("{language_model: {window: 2}}", more='generate: {samplers: ["my:Mine"]}')
    run = RunFolder.create("anew", config)
    for _ in range(2):
        import_file("my.py")
        (sampler,) = task_of(run).generate.samplers  # type: ignore[attr-defined]
        assert type(sampler) is sys.modules["my"].Mine


INCOMPLETE = {
    "cell": ("layer", f"{CELL}class Mine(RecurrentSpec):\n    pass", "does not define cell"),
    "layer": ("layer", f"{LAYER}class Mine(LayerSpec):\n    pass", r"build\(self, layer\)"),
    "data set": ("dataset", f"{DATASET}class Mine(LabelledDataset):\n    pass", r"load\(self\)"),
    "task": ("task", "from rnnkit.tasks.task import Task\nclass Mine(Task):\n    pass", "prepare"),
    "metric": ("metrics", f"{METRIC}class Mine(MetricSpec):\n    pass", r"score\(self, true"),
    "no spec": ("metrics", "class Mine:\n    pass", "Expected a subclass of .*MetricSpec"),
    "no task": ("task", "class Mine:\n    pass", "Expected a subclass of .*Task"),
}


@pytest.mark.parametrize("what", INCOMPLETE)
def test_require_complete_names_what_a_component_lacks(what: str) -> None:
    place, text, said = INCOMPLETE[what]
    own = '["my:Mine"]' if place == "metrics" else '"my:Mine"'
    Path("my.py").write_text(text, encoding="utf-8")
    Path("c.yaml").write_text(CONFIG.format(**(PARTS | {place: own})), encoding="utf-8")
    result = invoke("check", "c.yaml", "--code", "my.py")
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: c.yaml:")
    assert "my:Mine" in line
    assert re.search(said, line)


MISTAKEN_FILES = {
    "field without a type": (f"{SAMPLER}class Mine(SamplerSpec):\n    last = 3", "my.py:2.*'?last"),
    "field of no type": (
        f'{SAMPLER}class Mine(SamplerSpec):\n    last: "Nowhere" = 3',
        "my.py: Mine.*'Nowhere'",
    ),
    "bounds that are none": (
        f"{SAMPLER}import pydantic\nclass A(pydantic.BaseModel):\n    a: int\n    b: int\n"
        "A.model_validate({'a': 'x'})",
        "my.py:6: ValidationError: a: .*; b: ",
    ),
    "attribute of another kind": (
        f'{FORMAT}class Mine(TextFormat):\n    suffixes = ".mine"',
        "Mine.suffixes.*'.mine'.*a tuple",
    ),
    "attribute as a key": (
        f"{FORMAT}class Mine(TextFormat):\n    suffixes: tuple = ('.mine',)",
        "Mine.suffixes.*key of the config.*ClassVar",
    ),
    "cell as a class": (
        f"{CELL}class Own(Cell):\n    pass\nclass Mine(RecurrentSpec):\n    cell = Own",
        "Mine.cell.*the class Own",
    ),
    "cell that lacks its step": (
        f"{CELL}class Own(Cell):\n    def shapes(self, features, units):\n        return {{}}\n"
        "class Mine(RecurrentSpec):\n    cell = Own()",
        "my.py:8: TypeError.*step",
    ),
}


@pytest.mark.filterwarnings("ignore:Field name")
@pytest.mark.parametrize("what", MISTAKEN_FILES)
def test_import_file_says_in_one_line_what_is_wrong(what: str) -> None:
    text, said = MISTAKEN_FILES[what]
    with pytest.raises(RnnkitError, match=said) as caught:
        imported(text)
    assert "\n" not in str(caught.value)
    assert "errors.pydantic.dev" not in str(caught.value)
    assert "my" not in sys.modules


def of(base: str, method: str, body: str, imports: str) -> str:
    return f"{imports}class Mine({base}):\n    def {method}:\n        {body}\n"


def scored(module: Any) -> object:
    return module.Mine().score(np.array(["a"]), np.array(["b"]))


def rows(module: Any) -> object:
    return list(module.Mine().rows(io.BytesIO(b""), "a.mine"))


SCORE, APPLY = "score(self, true, predicted)", "apply(self, logits, history)"
EXAMPLES = "Examples(['a b'], {labels}, str)"
Call = Callable[[Any], object]
MISTAKEN: dict[str, tuple[str, Call, str]] = {
    "text": (of("MetricSpec", SCORE, "return '0.5'", METRIC), scored, "'0.5'.*a number"),
    "nothing": (of("MetricSpec", SCORE, "true == predicted", METRIC), scored, "None.*a number"),
    "array": (of("MetricSpec", SCORE, "return true == 1", METRIC), scored, "ndarray.*a number"),
    "error": (of("MetricSpec", SCORE, "return ture", METRIC), scored, "NameError.*'ture'"),
    "arity": (of("MetricSpec", "score(self, true)", "return 1", METRIC), scored, r"score\(self, t"),
    "sampler": (
        of("SamplerSpec", APPLY, "return [1, 2]", SAMPLER),
        lambda module: module.Mine().apply(LOGITS, HISTORY),
        "a list of 2.*array",
    ),
    "rows": (of("TextFormat", "rows(self, file, source)", "return 3", FORMAT), rows, "iterator"),
    "row": (of("TextFormat", "rows(self, file, source)", "yield {}", FORMAT), rows, "a Row"),
    "row error": (
        of("TextFormat", "rows(self, file, source)", "yield Row(1, {})\n        {}['x']", FORMAT),
        rows,
        "KeyError",
    ),
    "encoder": (
        of("TextFormat", "encoder(self, file)", "return file.write", FORMAT)
        + "    def rows(self, file, source):\n        yield Row(1, {})\n",
        lambda module: module.Mine().encoder(io.StringIO()),
        "write, close",
    ),
    "load": (
        of("TextDataset", "load(self)", "return 'one two'", DATASET)
        + "    def sample(self):\n        return Corpus('one')\n",
        lambda module: module.Mine().load(),
        "'one two'.*a Corpus",
    ),
    "corpus": (
        of("TextDataset", "load(self)", "return Corpus(['one'])", DATASET)
        + "    def sample(self):\n        return Corpus('one')\n",
        lambda module: module.Mine().load(),
        r"a list of 1 as \.train.*text",
    ),
    "labels": (
        of("LabelledDataset", "load(self)", "return Labelled({'train': E})", DATASET).replace(
            "class", f"E = {EXAMPLES.format(labels=['good'])}\nclass"
        ),
        lambda module: module.Mine().load(),
        r"'good'.*\.labels\[0\].*tuple",
    ),
    "shape": (
        of("LayerSpec", "output_shape(self, inputs, sequence)", "return 3", LAYER)
        + "    def build(self, layer):\n        return None\n",
        lambda module: module.Mine().output_shape((None, 3), True),
        "returned 3.*tuple",
    ),
    "build": (
        of("LayerSpec", "build(self, layer)", "pass", LAYER)
        + "    def output_shape(self, inputs, sequence):\n        return inputs\n",
        lambda module: module.Mine().build(None),
        "None.*can be called",
    ),
}


@pytest.mark.parametrize("what", MISTAKEN)
def test_hold_to_contracts_names_a_result_of_another_kind(what: str) -> None:
    text, ask, said = MISTAKEN[what]
    module = imported(text)
    with pytest.raises(RnnkitError, match=rf"my\.py:\d+: Mine.*{said}") as caught:
        ask(module)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("return state[0], state", ""),
        ("return state[0]", r"step.*ndarray.*\(batch, units\)"),
        ("return state[0], state[0]", "step.*a tuple of ndarray"),
        ("return state[0], (state[0], state[0])", "step.*1 of"),
        ("return state[0][:, :1], state", r"step.*\(1, 1\)"),
    ],
)
def test_probe_tries_a_step_of_an_own_cell(step: str, said: str) -> None:
    weights = "{'kernel': (features, units), 'bias': (units,)}"
    text = (
        f"{CELL}class Own(Cell):\n    def shapes(self, features, units):\n"
        f"        return {weights}\n"
        f"    def step(self, xp, projected, state, weights, spec):\n        {step}\n"
        "class Mine(RecurrentSpec):\n    cell = Own()\n"
    )
    layer = imported(text).Mine(units=3)
    if not said:
        assert layer.output_shape((None, 2), sequence=False) == (3,)
        return
    with pytest.raises(RnnkitError, match=rf"my\.py: Own.*{said}"):
        layer.output_shape((None, 2), sequence=False)


def test_main_names_the_line_of_an_error_in_the_users_file() -> None:
    """Of what rnnkit does not call itself: here a validator."""
    text = (
        f"{METRIC}from pydantic import model_validator\nclass Mine(MetricSpec):\n"
        "    @model_validator(mode='after')\n    def check(self):\n        return {}['x']\n"
        "    def score(self, true, predicted):\n        return 1\n"
    )
    Path("my.py").write_text(text, encoding="utf-8")
    config = CONFIG.format(**(PARTS | {"metrics": '["my:Mine"]'}))
    Path("c.yaml").write_text(config, encoding="utf-8")
    result = invoke("check", "c.yaml", "--code", "my.py")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: my.py:6: KeyError: 'x'")
    with pytest.raises(KeyError):
        invoke("--debug", "check", "c.yaml", "--code", "my.py")
