"""docs/security.md claims what a test holds, and names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rnnkit
from tests.conftest import REPO
from tests.helpers import classified

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")


@pytest.mark.parametrize("page", ["docs/security.md", "docs/reference/platforms.md"])
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    named = NAMED.findall((REPO / page).read_text(encoding="utf-8"))
    assert len(named) >= 2
    for file, test in named:
        assert re.search(rf"^def {test}\b" if test else "", (REPO / file).read_text("utf-8"), re.M)


def test_security_names_no_address() -> None:
    text = (REPO / "SECURITY.md").read_text(encoding="utf-8")
    assert not re.search(r"https?://|@|\b\d+\.\d+\.\d+\.\d+\b", text)


def test_no_answer_depends_on_model_keras(
    runs: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A file of that name that nothing could read changes no answer."""
    run = classified.copied("verdict", tmp_path_factory, runs)
    (run / "model.keras").mkdir()
    text = ["the film was wonderful"]
    answers = [rnnkit.load_run(run, engine=name).predict(text) for name in ("numpy", "keras")]
    assert [one.label.tolist() for one in answers] == [["good"], ["good"]]


def test_a_training_writes_nothing_outside_its_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever its config names: the folder of its data holds what it held, and the run."""
    for name in ("verdict", "tongues"):
        folder = classified.trained(name, tmp_path_factory).parent
        held = {f"{name}.yaml", "verdict.csv", "verdict_test.csv", "surnames"}
        assert {path.name for path in folder.iterdir()} <= {*held, name}
        texts = [path for path in folder.rglob("*") if name not in path.parts[len(folder.parts) :]]
        assert all(path.suffix in (".csv", ".yaml", ".txt", "") for path in texts)
