"""A user's own layer and data set by --code: they train, evaluate, generate and are inspected; and
nothing is imported without it.
"""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.names import find_run
from rnnkit.workflows.code import import_file
from rnnkit.workflows.trained import load_trained
from tests.cli.invoke import done, invoke
from tests.conftest import Rnnkit
from tests.helpers.pages import page

EXTENDING = page("docs/extending.md")
SEED = "had a general"

CONFIG = """\
task: {{language_model: {{window: 3}}}}
data: {{dataset: {dataset}, split: 0}}
model:
  embedding: 8
{layers}
train: {{epochs: 2, batch_size: 50}}
"""
PLAIN = "  layers: [simple_rnn: 4]"

RHYMES = '''\
from typing import ClassVar

from rnnkit.data.dataset import Corpus, TextDataset


class Rhymes(TextDataset):
    """One line, again and again."""

    short: ClassVar[str | None] = "times"
    times: int = 3

    def load(self) -> Corpus:
        return Corpus("one two three four five " * self.times)

    def sample(self) -> Corpus:
        return Corpus("one two three four five one two")
'''


@pytest.fixture(autouse=True)
def forget_the_modules() -> Iterator[None]:
    """A module that --code brings into this process goes with its test."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).endswith(
            f"/{name}.py"
        ) and name.startswith(("my_", "evil")):
            del sys.modules[name]


def write_highway(folder: Path) -> None:
    """The example of docs/extending.md as it stands there."""
    (folder / "my_layers.py").write_text(EXTENDING.file("my_layers.py"))
    layers = textwrap.indent(EXTENDING.beginning("layers:"), "  ").replace("lstm: 64", "lstm: 6")
    (folder / "my.yaml").write_text(CONFIG.format(dataset="fable", layers=layers))


@pytest.fixture
def highway(tmp_path: Path) -> str:
    """The page's example in the current folder; the config's name."""
    write_highway(tmp_path)
    return "my.yaml"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("highway")
    write_highway(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(folder))
        said = done("train", folder / "my.yaml", "--smoke", "--code", folder / "my_layers.py")
    assert re.search(
        r"^next: rnnkit generate .* --code .*my_layers\.py$", said.stdout, re.MULTILINE
    )
    del sys.modules["my_layers"]
    return folder / "my"


@pytest.fixture
def highway_run(highway: str, trained: Path, runs: Path) -> Path:
    """A run with the page's layer, as runs/my."""
    shutil.copytree(trained, runs / "my")
    return runs / "my"


@pytest.mark.soak
def test_import_file_loads_the_pages_layer_in_a_process_of_its_own(
    highway_run: Path, rnnkit: Rnnkit
) -> None:
    """Without keras: tests/test_own_components.py."""
    generated = rnnkit("generate", "--seed", SEED, "--code", "my_layers.py", "--max-new-tokens", 5)
    assert generated.returncode == 0, generated.stderr
    assert generated.stdout.startswith(SEED)
    assert "NumPy does not know the layer my_layers:Highway: keras answers" in generated.stderr


def test_import_file_loads_the_pages_layer_for_every_verb(highway_run: Path) -> None:
    code = ["--code", "my_layers.py"]
    assert "ok" in done("check", "my.yaml", *code).stdout
    assert "this run" in done("evaluate", *code).stdout
    generated = done("generate", "--seed", SEED, *code, "--max-new-tokens", 2)
    assert generated.stdout.startswith(SEED)
    assert "NumPy does not know the layer my_layers:Highway: keras answers" in generated.stderr
    assert len(done("predict", "--text", SEED, *code).stdout.splitlines()) == 6
    assert "- my_layers:Highway:" in done("config", "show", "my.yaml", *code).stdout
    summary = done("inspect", "summary", "my", *code).stdout
    assert re.search(r"^my_layers.Highway +my_layers:Highway +\(batch, 6\)$", summary, re.MULTILINE)
    assert "and those of layers that only keras can count" in summary
    assert re.search(
        r"^my +language_model +fable \(smoke sample\) +loss",
        done("runs", *code).stdout,
        re.MULTILINE,
    )
    assert (
        "language_model on fable (smoke sample), best loss"
        in done("runs", "show", "my", *code).stdout
    )


def test_import_file_loads_a_layer_that_computes_its_docstring(highway_run: Path) -> None:
    """y = t h + (1 - t) x, from the arrays in weights.npz."""
    import_file("my_layers.py")
    run = find_run(str(highway_run))
    trained = load_trained(run)
    weights = run.load_weights(
        trained.architecture.weight_shapes(), trained.architecture.unlisted_layers()
    )
    names = [name for name in weights if name.startswith("my_layers.Highway/")]
    assert [weights[name].shape for name in names] == [(6, 6), (6,), (6, 6), (6,)]
    import keras

    model = keras.saving.load_model(highway_run / "model.keras")  # keras' own classes
    token_ids = np.array([[1, 2, 3], [4, 5, 6]], np.int32)
    x = np.asarray(keras.Model(model.input, model.get_layer("lstm").output)(token_ids))
    gate_kernel, gate_bias, kernel, bias = (weights[name] for name in names)
    gate = 1 / (1 + np.exp(-(x @ gate_kernel + gate_bias)))
    y = gate * np.tanh(x @ kernel + bias) + (1 - gate) * x
    logits = y @ weights["logits/kernel"] + weights["logits/bias"]
    np.testing.assert_allclose(np.asarray(model(token_ids)), logits, atol=1e-5)
    np.testing.assert_allclose(trained.predictor.outputs(token_ids), logits, atol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "my.yaml"],
        ["check", "my.yaml"],
        ["config", "show", "my.yaml"],
        ["config", "diff", "my.yaml", "fable"],
        ["inspect", "summary", "my.yaml"],
        ["inspect", "summary", "my"],
        ["evaluate", "my"],
        ["generate", "my", "--seed", SEED],
        ["predict", "my", "--text", SEED],
        ["train", "my", "--resume"],
    ],
)
def test_main_without_code_names_the_option_to_add(highway_run: Path, arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "is in a module that is not loaded. Add `--code my_layers.py`" in result.stderr


def test_summarize_all_lists_a_run_that_needs_code_as_such(highway_run: Path) -> None:
    listed = invoke("runs")
    assert listed.exit_code == 0
    assert re.search(r"^my .*needs --code", listed.stdout, re.MULTILINE)
    assert "damaged" not in listed.output
    assert "Add `--code my_layers.py`" in listed.stderr


def test_train_smoke_uses_the_sample_of_a_users_data_set(tmp_path: Path, runs: Path) -> None:
    (tmp_path / "my_data.py").write_text(RHYMES)
    (tmp_path / "rhymes.yaml").write_text(CONFIG.format(dataset="'my_data:Rhymes'", layers=PLAIN))
    trained = invoke("train", "rhymes.yaml", "--smoke", "--code", "my_data.py")
    assert trained.exit_code == 0, trained.output
    assert "train 7 tokens in 4 windows of 3" in trained.stderr


BROKEN = [
    ("x = 1\n\nraise ValueError('no good')\n", "my_broken.py:3: ValueError: no good."),
    (
        "x = 1\nimport no_such_module_here\n",
        "my_broken.py:2: ModuleNotFoundError: No module named 'no_such_module_here'.",
    ),
    ("x = 1\n\n\ndef f(:\n    pass\n", "my_broken.py:4: SyntaxError"),
    ("def f():\n    return 1 / 0\n\n\nf()\n", "my_broken.py:2: ZeroDivisionError"),
    (
        "from rnnkit.architecture import LayerSpeck\n",
        "my_broken.py:1: ImportError: cannot import name 'LayerSpeck'",
    ),
    ("import json\n\njson.loads('{')\n", "my_broken.py:3: JSONDecodeError"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_import_file_names_the_line_of_an_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "my_broken.py").write_text(text)
    result = invoke("check", "fable", "--code", "my_broken.py")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {said}")
    assert "Correct the file" in result.stderr
    assert "my_broken" not in sys.modules


def test_import_file_names_the_line_that_imports_a_syntax_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is that of the user's own file; the message names the other."""
    (tmp_path / "my_other.py").write_text("\n\n\n\n\n\n\nx = = 1\n")
    (tmp_path / "my_broken.py").write_text("x = 1\nimport my_other\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RnnkitError, match=r"^my_broken\.py:2: SyntaxError: .*my_other\.py, line 8"):
        import_file("my_broken.py")


@pytest.mark.parametrize("file", ["missing.py", "folder.py", "my_layers", "my.yaml", ""])
def test_import_file_refuses_what_cannot_be_a_python_file(
    highway: str, tmp_path: Path, file: str
) -> None:
    (tmp_path / "folder.py").mkdir()
    result = invoke("check", "fable", "--code", file)
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"Error: --code: no Python file {file!r}. Expected a path that ends in .py."
    )


@pytest.mark.parametrize(
    "name", ["json", "wave", "numpy", "keras", "rnnkit", "pytest", "jsonschema"]
)
def test_import_file_refuses_a_name_that_hides_a_module(tmp_path: Path, name: str) -> None:
    """Imported or not: a keras.py of the user's would shadow keras from then on."""
    (tmp_path / f"{name}.py").write_text("raise ValueError('imported')\n")
    before = sys.modules.get(name)
    result = invoke("check", "fable", "--code", f"{name}.py")
    assert result.exit_code == 2
    assert f"--code: the name {name!r} belongs to another module. Rename the file" in result.stderr
    assert sys.modules.get(name) is before


def test_import_file_refuses_a_keras_py_before_keras_is_imported(
    rnnkit: Rnnkit, tmp_path: Path
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "keras.py").write_text("print('imported')\n")
    result = rnnkit("check", "fable", "--code", "code/keras.py")
    assert (result.returncode, result.stdout) == (2, "")
    assert "the name 'keras' belongs to another module" in result.stderr


def test_import_file_loads_several_files_and_the_same_twice(highway: str, tmp_path: Path) -> None:
    (tmp_path / "my_data.py").write_text(RHYMES)
    (tmp_path / "both.yaml").write_text(
        (tmp_path / highway).read_text().replace("dataset: fable", "dataset: 'my_data:Rhymes'")
    )
    (tmp_path / "below").mkdir()
    shutil.move(tmp_path / "my_layers.py", tmp_path / "below" / "my_layers.py")
    for _ in range(2):
        assert (
            "ok"
            in done(
                "check", "both.yaml", "--code", "below/my_layers.py", "--code", "my_data.py"
            ).stdout
        )


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("'my_layers:Hihgway'", "module 'my_layers' has no 'Hihgway'"),
        ("'my_layers:Any'", "'my_layers:Any' is not a valid layer"),
        (
            "'my_layers:LayerSpec'",
            "'my_layers:LayerSpec' does not define build(self, layer), output_shape",
        ),
        (
            "{'my_layers:Highway': 3}",
            "model.layers.1.my_layers:Highway.activation: found 3. Expected text",
        ),
        ("{'my_layers:Highway': {actvation: tanh}}", "Did you mean 'activation'?"),
        ("'os:system'", "'os:system' is not a valid layer"),
    ],
)
def test_load_config_names_mistakes_about_a_users_layer(
    highway: str, tmp_path: Path, layer: str, said: str
) -> None:
    (tmp_path / "wrong.yaml").write_text(
        CONFIG.format(dataset="fable", layers=f"  layers: [lstm: 6, {layer}]")
    )
    result = invoke("check", "wrong.yaml", "--code", "my_layers.py")
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stderr.startswith("Error: wrong.yaml:5: model.layers.1")


def test_load_trained_imports_nothing_that_a_run_names(
    fable_run: Path, runs: Path, tmp_path: Path, rnnkit: Rnnkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current folder is on Python's path here, and a run could have been sent by anyone."""
    (tmp_path / "evil.py").write_text("from pathlib import Path\n\nPath('was_here').touch()\n")
    for name, old, new in (
        ("layer", "  - simple_rnn:", "  - evil:Layer: 3\n  - simple_rnn:"),
        ("dataset", "  dataset: fable", "  dataset: evil:Data"),
        ("task", "  language_model:", "  evil:Task:"),
        ("optimizer", "    adam:", "    evil:Adam:"),
    ):
        run = runs / name
        shutil.copytree(fable_run, run)
        text = (run / "config.yaml").read_text()
        assert text.count(old) == 1, text
        (run / "config.yaml").write_text(text.replace(old, new))
        (run / "evil.py").write_text((tmp_path / "evil.py").read_text())
    listed = rnnkit("runs")
    assert listed.returncode == 0
    assert listed.stdout.count("needs --code") == 4
    refused = rnnkit("generate", "runs/layer", "--seed", SEED)
    assert (refused.returncode, refused.stdout) == (2, "")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("layer", "dataset", "task", "optimizer"):
        for arguments in (
            ["generate", f"runs/{name}", "--seed", SEED],
            ["predict", name, "--text", SEED],
            ["evaluate", name],
            ["inspect", "summary", f"runs/{name}"],
            ["config", "show", f"runs/{name}"],
            ["train", f"runs/{name}"],
            ["train", name, "--resume"],
        ):
            result = invoke(*arguments)
            assert (result.exit_code, result.stdout) == (2, ""), result.output
            assert "Add `--code evil.py`" in result.stderr
    assert not list(tmp_path.rglob("was_here"))
    done("runs", "--code", "evil.py")
    assert (tmp_path / "was_here").exists()  # it would have been seen
