"""A user's own components, each one file that `--code` brings in: a task, a cell, a layer, a data
set, a sampler, a metric and a file format. A run with them trains, resumes, evaluates, answers
texts and files and generates, and does so again in a new process. They are those of
docs/extending.md.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rnnkit.registry import USER_MODULES
from tests.cli.invoke import done, invoke
from tests.conftest import Rnnkit
from tests.helpers.pages import page

OWN = {
    block.title.removesuffix(".py"): block.text
    for block in page("docs/extending.md").titled(".py")
    if block.title != "my_layers.py"  # tests/workflows/test_code.py
}

LANGUAGE_MODEL = page("docs/extending.md").file("rhymes.yaml")
CLASSIFICATION = page("docs/extending.md").file("reviews.yaml")
OF_LANGUAGE_MODEL = ("my_language_model", "my_cell", "my_text", "my_sampler")
OF_CLASSIFICATION = ("my_classification", "my_layer", "my_reviews", "my_metric", "my_format")

Code = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def code(tmp_path: Path) -> Iterator[Code]:
    """Writes files of the user's and gives the options that bring them in; they go with the
    test.
    """

    def write(*modules: str) -> list[str]:
        for module in modules:
            (tmp_path / f"{module}.py").write_text(OWN[module], encoding="utf-8")
        return [part for module in modules for part in ("--code", f"{module}.py")]

    yield write
    for module in OWN:
        sys.modules.pop(module, None)
        if module in USER_MODULES:
            USER_MODULES.remove(module)


def test_code_language_model_of_own_components(
    code: Code, tmp_path: Path, runs: Path, rnnkit: Rnnkit
) -> None:
    (tmp_path / "rhymes.yaml").write_text(LANGUAGE_MODEL, encoding="utf-8")
    own = code(*OF_LANGUAGE_MODEL)
    done("train", "rhymes.yaml", "--smoke", *own)
    done("train", "rhymes", "--resume", "train.max_steps=null", "train.epochs=30", *own)
    assert any(path.read_text() == "(quiet)\n" for path in (runs / "rhymes/samples").iterdir())
    assert "this run" in done("evaluate", *own).stdout
    assert done("predict", "--text", "one two three", "--top", 1, *own).stdout.split()[2] == "four"
    seed = ["--seed", "one two three", "--max-new-tokens", 6]
    text = done("generate", *seed, *own).stdout
    assert text == "one two three four five one two three four\n"
    # the sampler's own option: a token comes again after two others at the earliest
    fresh = done("generate", *seed, "--sampler", "my_sampler:Fresh", "--temperature", 9, *own)
    words = fresh.stdout.split()
    assert all(words[index] not in words[index - 3 : index] for index in range(3, 9))

    again = rnnkit("generate", *seed, *own)
    assert (again.returncode, again.stdout) == (0, text), again.stderr
    for target in ("onnx", "html", "keras"):  # the cell has an equation in Python alone
        refused = invoke("export", "rhymes", target, *own)
        assert refused.exit_code == 2
        assert "Answer with rnnkit itself: `rnnkit predict`" in refused.stderr
    refused = rnnkit("generate", "rhymes", *seed)
    assert refused.returncode == 2
    assert "--code my_" in refused.stderr


def test_code_classification_of_own_components(code: Code, tmp_path: Path, runs: Path) -> None:
    (tmp_path / "reviews.yaml").write_text(CLASSIFICATION, encoding="utf-8")
    own = code(*OF_CLASSIFICATION)
    done("train", "reviews.yaml", "--smoke", *own)
    done("train", "reviews", "--resume", "train.max_steps=6", *own)
    (evaluation,) = json.loads(done("evaluate", "--json", *own).stdout)
    scores = {row["who"]: row["scores"] for row in evaluation["rows"]}
    majority = scores["majority class"]
    missed = majority["texts"] - majority["correct"]
    assert majority["Bill"] in (missed, 5 * missed)
    assert all({"Bill", "matthews"} <= row.keys() for row in scores.values())
    label, _ = done("predict", "--text", "a lovely film", "--top", 1, *own).stdout.split()[2:]
    assert label in ("good", "bad")

    cards = "id = 7\ntext = a lovely film\n---\nid = 8\ntext = so dull\n---\n"
    (tmp_path / "asked.cards").write_text(cards, encoding="utf-8")
    done("predict", "--input", "asked.cards", "--output", "answers.cards", *own)
    answers = (tmp_path / "answers.cards").read_text(encoding="utf-8")
    first, second, rest = answers.split("---\n")
    assert first.startswith(f"id = 7\ntext = a lovely film\nlabel = {label}\nprobability = 0.")
    assert second.startswith("id = 8\ntext = so dull\nlabel = ")
    assert not rest


def test_code_missing_is_suggested_for_each_own_component(
    code: Code, tmp_path: Path, runs: Path
) -> None:
    code(*OWN)
    (tmp_path / "rhymes.yaml").write_text(LANGUAGE_MODEL, encoding="utf-8")
    (tmp_path / "reviews.yaml").write_text(CLASSIFICATION, encoding="utf-8")
    for config, modules in (("rhymes", OF_LANGUAGE_MODEL), ("reviews", OF_CLASSIFICATION[:-1])):
        for missing in modules:
            others = [part for name in modules if name != missing for part in code(name)]
            result = invoke("check", f"{config}.yaml", *others)
            for module in modules:
                sys.modules.pop(module, None)
            assert result.exit_code == 2
            assert f"--code {missing}.py" in result.stderr


def test_config_new_lists_the_own_components(code: Code) -> None:
    listed = done("config", "new", *code(*OWN)).stdout
    for kind, name in (
        ("task", "my_language_model:Quiet"),
        ("layer", "my_cell:Leaky"),
        ("dataset", "my_text:Rhymes"),
        ("sampler", "my_sampler:Fresh"),
        ("task", "my_classification:Smoothed"),
        ("layer", "my_layer:Normalize"),
        ("dataset", "my_reviews:Reviews"),
        ("metric", "my_metric:Bill"),
        ("format", "my_format:Cards"),
        ("tracker", "my_tracker:Lines"),
    ):
        (line,) = [line for line in listed.splitlines() if name in line]
        assert line.split()[0] == kind


@pytest.mark.parametrize(
    "task",
    [
        "language_model.task import LanguageModel",
        "classification.task import Classification",
        "conditioned_language_model.task import ConditionedLanguageModel",
    ],
)
def test_config_new_starts_an_own_task_from_its_parents_config(task: str, tmp_path: Path) -> None:
    base = task.split()[-1]
    text = f"from rnnkit.tasks.{task}\n\n\nclass Mine({base}):\n    pass\n"
    (tmp_path / "my_language_model.py").write_text(text, encoding="utf-8")
    own = ["--code", "my_language_model.py"]
    written = done("config", "new", "my_language_model:Mine", *own).stdout
    (tmp_path / "mine.yaml").write_text(written, encoding="utf-8")
    assert "ok" in done("check", "mine.yaml", *own).stdout
    assert '"my_language_model:Mine"' in written
    assert " --code my_language_model.py" in written


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from rnnkit.tasks.task import Task\nclass Mine(Task): pass", "starter.*language_model"),
        ("class Mine: pass", "Expected a subclass of .*Task"),
        ("", "has no 'Mine'"),
        (
            "from rnnkit.tasks.language_model.task import LanguageModel\n"
            "class Mine(LanguageModel):\n    more: int\n",
            "more: missing.*`rnnkit config new language_model`",
        ),
    ],
)
def test_config_new_refuses_a_task_without_a_starter(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "my_language_model.py").write_text(text, encoding="utf-8")
    own = ["--code", "my_language_model.py"]
    refused = invoke("config", "new", "my_language_model:Mine", *own)
    assert refused.exit_code == 2
    assert re.search(f"TASK.*{said}", refused.stderr)
