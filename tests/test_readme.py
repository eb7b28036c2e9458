"""README is one screen and says what is so; docs/ says what it does no longer.

tests/test_pages.py runs the code of every page.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from rnnkit import api
from rnnkit.config import load_config, shipped_configs
from rnnkit.tasks.prepared import Source
from tests.cli.invoke import done
from tests.conftest import REPO
from tests.helpers.pages import page

README = page("README.md")
FIGURES = README.text + page("docs/results.md").text
SETTINGS = page("docs/reference/settings.md")
RUN_FOLDER = page("docs/reference/run-folder.md")


def test_readme_is_short() -> None:
    assert README.text.count("\n") <= 200
    assert "docs/images/fable.svg" in README.text
    assert "make demo" in README.spans


def test_readme_demo_prints_what_fable_has() -> None:
    shown = README.beginning("$ rnnkit train fable")
    config = load_config(shipped_configs()["fable"])
    data = config.prepare(Source())
    architecture = config.network(data.codec).architecture
    lines = shown.splitlines()
    assert lines[2:3] == data.notes
    assert lines[3] == f"{sum(layer.parameters or 0 for layer in architecture.layers):,} parameters"
    assert re.search(rf"^100/{config.train.epochs} ", shown, re.MULTILINE)
    assert f"published                        {100 * config.published.value:.2f} %" in shown
    assert config.published.source in shown


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\| `(\w+)` \(", FIGURES))))
def test_readme_figures_are_of_shipped_configs(name: str) -> None:
    model = load_config(shipped_configs()[name]).model
    lists = (
        [model.layers] if hasattr(model, "layers") else [model.encoder.layers, model.decoder.layers]
    )
    layers = [
        (type(layer).__name__, getattr(layer, "units", None))
        for layers in lists
        for layer in layers
    ]
    for described in re.findall(rf"\| `{name}` \((.*?)\) \|", FIGURES):
        for kind, units in re.findall(r"(\w+)\((\d+)\)", described):
            assert (kind, int(units)) in layers


def test_readme_figures_are_those_of_results() -> None:
    """What README rounds or shortens stands in docs/results.md in full."""
    results = page("docs/results.md").text
    (table,) = re.findall(r"^\| task \| config .*?\n\n", README.text, re.DOTALL | re.MULTILINE)
    for row in table.strip().splitlines()[2:]:
        score = row.strip("|").split("|")[2]
        assert [number for number in re.findall(r"\d+\.\d+", score) if number not in results] == []


def test_settings_name_exactly_the_environment_variables_in_use() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (REPO / "rnnkit").rglob("*.py"))
    named = set(re.findall(r"\bRNNKIT_[A-Z_0-9]+", SETTINGS.text))
    assert named == set(re.findall(r"\bRNNKIT_[A-Z_0-9]+", sources))


# The run folder.


def documented() -> set[str]:
    table = RUN_FOLDER.text.partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return {name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_page_lists_the_files_of_a_run_folder(fable_run: Path, runs: Path) -> None:
    forecaster = api.train("toy_two_steps", smoke=True).folder.path
    # of tasks that neither run is of
    others = {"labels.json", "source_tokenizer.json", "lengths.json", "confusion-*.png"}
    others |= {"gradients.csv", "trackers.json"}  # by train.diagnose and train.trackers
    assert {path.name for path in fable_run.iterdir()} - {".lock"} == documented() - others - {
        "scaler.json"
    }
    assert {path.name for path in forecaster.iterdir()} - {".lock"} == documented() - others - {
        "tokenizer.json"
    }
    assert (
        f"(format {api.load_run(str(fable_run)).folder.load_manifest()['format']})"
        in RUN_FOLDER.text
    )


def test_page_four_files_of_a_run_answer_alone(fable_run: Path, runs: Path) -> None:
    run = runs / "copied"
    run.mkdir(parents=True)
    for name in ("config.yaml", "tokenizer.json", "weights.npz", "manifest.json"):
        shutil.copy(fable_run / name, run / name)
    assert (
        done("generate", "copied", "--seed", "had a general", "--max-new-tokens", 1).stdout
        == "had a general council\n"
    )
    assert api.load_run("copied").model.count_params() > 0
