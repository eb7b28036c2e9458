from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sources import sources

# Each level imports from those above it in this list, never from beside or below it.
LEVELS = [
    ["escapes"],
    ["quantities"],
    ["errors"],
    ["platform"],
    ["progress"],
    ["python_messages"],
    ["process"],
    ["resume_command"],
    ["signals"],
    ["stage_times"],
    ["registry"],
    ["storage"],
    ["movable_folder"],
    ["config"],
    ["environment"],
    ["cache"],
    ["piped_process"],
    ["background_call"],
    ["worker_process"],
    ["checksums"],
    ["computations"],
    ["run"],
    ["names"],
    ["architecture"],
    ["kernels"],
    ["ranks"],
    ["backend"],
    ["data", "models", "training", "generation", "metrics", "baselines", "audit", "report"],
    ["cells"],
    ["engine"],
    ["insight"],
    ["tasks"],
    ["export", "serve"],
    ["workflows"],
    ["bench"],
    ["api", "cli"],
    ["sklearn"],
]
LEVEL = {part: level for level, parts in enumerate(LEVELS) for part in parts}
# The files of these packages import from those above them in this list.
FILES = {
    "data/times": [
        "clock",
        "zones",
        "step",
        "usual_step",
        "step_names",
        "counts",
        "formats",
        "periods",
        "nanoseconds",
        "offsets",
        "texts",
    ],
    "data/series": ["grid", "grouping", "gaps", "resample", "equal_steps", "cells", "table"],
}
FRAMEWORKS = {"tensorflow", "jax", "jaxlib", "torch"}
HEAVY = {"keras", "tensorflow", "jax", "torch", "pandas", "sklearn", "matplotlib"}


def imported(tree: ast.AST, path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, inside functions and under TYPE_CHECKING too; names of a
    package as "package.name".
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            assert node.module is not None
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def part_of(path: Path) -> str:
    """The part of rnnkit that a file belongs to: "run" for run.py, "data" for data/files.py."""
    return path.parts[0].removesuffix(".py")


def test_every_file_has_its_level() -> None:
    assert {part_of(path) for path in sources()} - LEVEL.keys() == {"__init__", "__main__"}


def test_imports_point_downward_only() -> None:
    wrong = []
    for path, tree in sources().items():
        here = part_of(path)
        if here not in LEVEL:  # rnnkit/__init__.py and __main__.py stand above all
            continue
        for line, name in imported(tree, path):
            there = name.split(".")[1] if name.startswith("rnnkit.") else here
            if (
                there != here
                and name != "rnnkit.__version__"
                and LEVEL.get(there, len(LEVELS)) >= LEVEL[here]
            ):
                wrong.append(f"{path}:{line}: {here} imports {name}, which is not below it")
    assert wrong == []


@pytest.mark.parametrize("package", FILES)
def test_files_of_a_package_have_an_order(package: str) -> None:
    order = FILES[package]
    prefix = f"rnnkit.{package.replace('/', '.')}."
    trees = {path.stem: tree for path, tree in sources().items() if str(path.parent) == package}
    assert trees.keys() - {"__init__"} == set(order)
    assert [
        f"{stem} imports {name}"
        for stem, tree in trees.items()
        for _, name in imported(tree, Path(stem))
        if name.startswith(prefix)
        and name.removeprefix(prefix).split(".")[0] not in order[: order.index(stem)]
    ] == []


def test_times_know_no_tables() -> None:
    assert [
        f"{path}: {name}"
        for path, tree in sources().items()
        if str(path.parent) == "data/times"
        for _, name in imported(tree, path)
        if name.startswith("rnnkit.")
        and not name.startswith(("rnnkit.data.times.", "rnnkit.errors"))
    ] == []


def test_only_backend_knows_the_frameworks() -> None:
    found = {
        path
        for path, tree in sources().items()
        for _, name in imported(tree, path)
        if name.split(".")[0] in FRAMEWORKS
    }
    assert found == {
        *(
            Path(f"backend/{name}.py")
            for name in (
                "device",
                "draws",
                "foreign",
                "host",
                "jax",
                "joined",
                "lookups",
                "mesh",
                "rows",
                "scan",
                "sharded",
                "tables",
                "tensorflow",
                "updates",
            )
        ),
        # as its users write it
        *(Path("bench/peers", f"torch{part}.py") for part in ("", "_layers", "_model")),
        Path("export/tensorflow.py"),  # which is what it writes
    }


def test_numpy_packages_never_import_keras() -> None:
    rooms = ("engine", "metrics", "baselines", "audit", "kernels")
    plain = [path for path in sources() if part_of(path) in rooms]
    assert {part_of(path) for path in plain} >= {"engine", "metrics", "baselines"}
    assert [
        f"{path}:{line}"
        for path in plain
        for line, name in imported(sources()[path], path)
        if name.split(".")[0] == "keras"
    ] == []


def test_modules_are_imported_by_name_in_the_registry_alone() -> None:
    dynamic = ("importlib.import_module", "import_module", "__import__", "exec", "eval")
    found = {
        path
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in dynamic
    }
    assert found == {
        Path("registry.py"),
        Path("backend/imports.py"),  # TensorFlow's own
        Path("cli/verbs.py"),
    }


def test_only_callbacks_and_steps_need_a_framework_at_the_top_of_a_file() -> None:
    """`build()` and its like import it inside, so that a config is checked without it."""
    found = set()
    for path, tree in sources().items():
        at_top = ast.Module(
            [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], []
        )
        if part_of(path) == "sklearn":  # whose classes are scikit-learn's
            continue
        found |= {path for _, name in imported(at_top, path) if name.split(".")[0] in HEAVY}
    assert found == {
        Path("training/callbacks.py"),
        Path("training/diagnosis.py"),
        Path("training/notebook.py"),
        Path("training/tensorboard.py"),
        Path("training/tracking.py"),
        Path("backend/tensorflow.py"),
        Path("backend/lookups.py"),
        Path("backend/jax.py"),
        *(Path(f"backend/{name}.py") for name in ("draws", "foreign", "mesh", "sharded")),
    }


# One process for all: what is loaded after each verb, in their order.
VERBS = """
import json, sys
from rnnkit.cli import main

loaded = []
for arguments in json.loads(sys.argv[1]):
    main(arguments, standalone_mode=False)
    loaded.append(sorted({name.split(".")[0] for name in sys.modules}))
print(json.dumps(loaded), file=sys.stderr)
"""


def modules_after(verbs: list[list[str]], folder: Path) -> list[set[str]]:
    """The top-level modules that a process has loaded after each `rnnkit ARGUMENTS` in turn."""
    process = subprocess.run(
        [sys.executable, "-c", VERBS, json.dumps(verbs)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "RNNKIT_RUNS": str(folder)},
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout
    return [set(names) for names in json.loads(process.stderr.splitlines()[-1])]


def test_commands_that_do_not_train_start_without_a_framework(fable_run: Path, runs: Path) -> None:
    run = str(shutil.copytree(fable_run, runs / "fable"))  # evaluate writes into it
    verbs = [
        ["--help"],
        ["check", "fable"],
        ["config", "show", "fable"],
        ["datasets", "list"],
        ["inspect", "summary", run],
        ["inspect", "gates", run, "--text", "had a general"],
        ["generate", run, "--seed", "had a general"],
        ["generate", "--seed", "had a general", "--temperature", "1"],
        ["predict", run, "--text", "had a general"],
        ["runs"],
        ["evaluate", run],
    ]
    loaded = modules_after(verbs, runs)
    assert len(loaded) == len(verbs)
    for verb, modules in zip(verbs, loaded, strict=True):
        assert "rnnkit" in modules
        assert modules & HEAVY == set(), verb
    of_help = {"numpy", "pydantic", "yaml", "tokenizers", "rich"}
    assert loaded[0] & of_help == set()


def test_import_rnnkit_imports_nothing_else() -> None:
    program = (
        "import sys, rnnkit; print(*(name for name in sys.modules if name.startswith('rnnkit')),"
        " 'numpy' in sys.modules)"
    )
    process = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert process.stdout.split() == ["rnnkit", "False"]
