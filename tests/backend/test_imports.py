from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rnnkit import process
from rnnkit.backend.imports import without_optional


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
    monkeypatch.setattr(process, "_is_own", True)
    with without_optional("tensorflow"), ThreadPoolExecutor() as threads:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(optional)
        assert threads.submit(importlib.import_module, optional).result()
    del sys.modules[optional]
    assert importlib.import_module(optional)


def test_without_optional_leaves_other_programs_alone(optional: str) -> None:
    with without_optional("tensorflow"):
        assert importlib.import_module(optional)
