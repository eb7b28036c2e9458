"""Every public name has an example, which is run."""

from __future__ import annotations

import doctest
import inspect
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rnnkit
from tests.helpers import classified, tagged
from tests.helpers.forecasters import trained_forecaster

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


MAKE = {"train": "digits", "learning_rate_test": "rates"}
"""Functions whose examples come first, and what the other examples have of them."""


def documented() -> Iterator[tuple[str, Any]]:
    """Every public function and class, and what a class of ours has."""
    for name in rnnkit.__all__:
        thing = getattr(rnnkit, name)
        if name.startswith("__"):
            continue
        yield name, thing
        if inspect.isclass(thing) and not issubclass(thing, Exception):
            for own, member in inspect.getmembers(thing):
                has_text = callable(member) or isinstance(member, property) or own == "model"
                if not own.startswith("_") and has_text and "rnnkit" in str(_source(member)):
                    yield f"{name}.{own}", member


def _source(member: Any) -> str:
    function = getattr(member, "fget", None) or getattr(member, "func", None) or member
    return getattr(inspect.unwrap(function), "__module__", "")


def test_public_names_have_examples_that_run(
    fable_run: Path,
    runs: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs.mkdir()
    shutil.copytree(fable_run, runs / "fable")
    scope: dict[str, Any] = {
        "rk": rnnkit,
        "run": rnnkit.load_run("fable"),
        "twin": shutil.copytree(fable_run, runs / "twin"),
        "reviews": rnnkit.load_run(classified.trained("verdict", tmp_path_factory)),
        "tagger": rnnkit.load_run(tagged.trained("names", tmp_path_factory)),
        "machine": rnnkit.load_run(trained_forecaster("machine", tmp_path_factory)),
    }
    monkeypatch.setenv("RNNKIT_DATA", str(scope["reviews"].path.parent))
    wrong, lines = [], list[str]()
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    for name, thing in sorted(documented(), key=lambda named: named[0] not in MAKE):
        test = doctest.DocTestParser().get_doctest(thing.__doc__ or "", dict(scope), name, None, 0)
        if not test.examples or runner.run(test, out=lines.append, clear_globs=False).failed:
            wrong.append(name)
        if name in MAKE:
            scope[MAKE[name]] = test.globs[MAKE[name]]
    assert not wrong, "".join(lines)
