from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
import typing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rnnkit import process
from rnnkit.backend import imports
from rnnkit.backend.imports import without_optional
from rnnkit.environment import is_installed
from tests.helpers.sources import sources


@pytest.fixture
def optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A library that keras imports where it is installed, which it is meanwhile."""
    (tmp_path / "IPython.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    own = sys.modules.pop("IPython", None)
    yield "IPython"
    sys.modules.pop("IPython", None)
    if own is not None:
        sys.modules["IPython"] = own


def test_without_optional_refuses_it_to_one_thread_for_a_while(
    optional: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_is_command", True)
    with without_optional("tensorflow"), ThreadPoolExecutor() as threads:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(optional)
        assert threads.submit(importlib.import_module, optional).result()
    del sys.modules[optional]
    assert importlib.import_module(optional)


def test_without_optional_leaves_other_programs_alone(optional: str) -> None:
    with without_optional("tensorflow"):
        assert importlib.import_module(optional)


def test_without_optional_compiles_each_annotation_once_and_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def same() -> bool:
        first, second = typing.ForwardRef("list[int]"), typing.ForwardRef("list[int]")
        return first.__forward_code__ is second.__forward_code__

    monkeypatch.setattr(process, "_is_command", True)
    with without_optional("tensorflow"):
        assert same()
    assert not same()


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package `slow` that imports two parts of itself, one of which is deferred."""
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow/__init__.py").write_text("from slow import now, part\nfrom slow import part")
    (tmp_path / "slow/now.py").write_text("")
    (tmp_path / "slow/part.py").write_text("import sys\nsys.modules['slow'].made = answer = 42")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(process, "_is_command", True)
    monkeypatch.setattr(imports, "LATER", {"slow.part": "", "slow.none": "", "slow.now": "no.such"})
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "slow"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    "ask",
    [
        lambda slow: slow.part.answer,
        lambda slow: dir(slow.part),
        lambda slow: importlib.import_module("slow.part").answer,
    ],
)
@pytest.mark.usefixtures("later")
def test_without_optional_imports_a_part_when_it_is_asked_for(ask: object) -> None:
    with without_optional("tensorflow"):
        slow = importlib.import_module("slow")
    first = slow.part
    assert not hasattr(slow, "made")
    assert slow.now.__name__ == "slow.now" and first.__file__.endswith("part.py")
    assert callable(ask)
    ask(slow)
    assert slow.made == first.answer == slow.part.answer == 42
    assert type(slow.part).__name__ == "module" and sys.modules["slow.part"] is slow.part
    assert not hasattr(first, "none") and "answer" in dir(first)


@pytest.mark.usefixtures("later")
def test_without_optional_defers_nothing_of_another_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "_is_command", False)
    with without_optional("tensorflow"):
        assert importlib.import_module("slow").made == 42


# What is deferred of the installed TensorFlow is there when it is asked for, in any order.
TENSORFLOW = """
import gc, sys
from rnnkit import backend, process

process.set_up_command()
backend.select("tensorflow", "cpu")
assert gc.isenabled() and gc.get_freeze_count() > 100_000
heavy = "tensorflow.lite.python", "tensorflow._api.v2.compat.v1.raw_ops"
print(*(name in sys.modules for name in heavy))
import tensorflow as tf
print(tf.compat.v1.placeholder, tf.lite.Interpreter, tf.compat.v2.constant is tf.constant)
from tensorflow.compat.v1 import SummaryMetadata
"""


@pytest.mark.soak
@pytest.mark.skipif(not is_installed("tensorflow"), reason="TensorFlow is not installed")
def test_without_optional_defers_parts_of_tensorflow() -> None:
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    run = subprocess.run(
        [sys.executable, "-c", TENSORFLOW],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    deferred, there = run.stdout.splitlines()
    assert deferred == "False False"
    assert "placeholder" in there and "Interpreter" in there and there.endswith("True")


@pytest.mark.skipif(sys.platform != "linux", reason="the library is loaded on Linux")
@pytest.mark.skipif(not is_installed("tensorflow"), reason="TensorFlow is not installed")
def test_load_library_loads_what_tensorflow_imports() -> None:
    code = (
        "from rnnkit.backend.imports import load_library; import sys; load_library();"
        "assert 'tensorflow' not in sys.modules;"
        "assert 'libtensorflow_cc' in open('/proc/self/maps').read()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_no_step_of_a_training_asks_for_what_is_imported_later() -> None:
    # Its import would be part of the first step; an export that needs it says so itself.
    asking = {
        path.parts[0]
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("tf.compat", "tf.lite")
    }
    assert asking == {"export"}
