"""The wheel and the sdist hold what a user needs: from an empty folder, `rnnkit train fable`
works."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from rnnkit.kernels import library as kernels
from tests.conftest import REPO


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=REPO,
        check=True,
        capture_output=True,
    )
    return folder


def test_wheel_holds_configs_and_starters(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"rnnkit/configs/{path.name}" for path in (REPO / "configs").glob("*.yaml")}
    expected |= {
        str(path.relative_to(REPO))
        for path in (REPO / "rnnkit").rglob("*")
        if path.suffix in (".py", ".yaml", ".typed")
    }
    assert expected <= names
    assert "rnnkit/py.typed" in names
    assert not [name for name in names if name.startswith(("tests", "scripts"))]


@pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())
def test_wheel_holds_the_kernels_for_its_platform(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    library = kernels.path()
    assert {f"rnnkit/kernels/{library.name}", "rnnkit/kernels/librnnkit.sha256"} <= names
    assert wheel.name.split("-", 2)[2].startswith("py3-none-")
    assert "any" not in wheel.name


def test_sdist_holds_sources_configs_and_tests(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames() if "/" in name}
    assert {
        "pyproject.toml",
        "README.md",
        "Makefile",
        "configs/fable.yaml",
        "rnnkit/__init__.py",
        "rnnkit/kernels/src/kernels.c",
        "scripts/build_kernels.py",
        "tests/conftest.py",
    } <= names
    assert not [name for name in names if name.startswith("rnnkit/kernels/librnnkit")]


def test_wheel_trains_the_fable_from_an_empty_folder(dist: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    (wheel,) = dist.glob("*.whl")
    subprocess.run(
        [
            python,
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--quiet",
            "--disable-pip-version-check",
            str(wheel),
        ],
        check=True,
    )
    # The dependencies are those of this environment: only rnnkit itself is new.
    (site,) = (environment / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    folder = tmp_path / "empty"
    folder.mkdir()

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        settings = {
            key: value
            for key, value in os.environ.items()
            if key not in ("RNNKIT_RUNS", "PYTHONPATH")
        }
        return subprocess.run(
            [*arguments],
            cwd=folder,
            env=settings,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )

    assert call(str(python), "-c", "import rnnkit; print(rnnkit.__file__)").stdout.startswith(
        str(environment)
    )
    rnnkit = str(environment / "bin" / "rnnkit")
    trained = call(rnnkit, "train", "fable", "train.epochs=2")
    assert "saved in runs/fable" in trained.stdout
    assert call(rnnkit, "generate", "--seed", "had a general").stdout.startswith("had a general")
    assert "fable_char" in call(rnnkit, "config", "list").stdout
    assert call(rnnkit, "config", "new", "language_model").stdout.startswith("# A language model")
