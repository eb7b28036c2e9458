"""The wheel and the sdist hold what a user needs."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

import rnnkit
from rnnkit.kernels import library as kernels
from tests.conftest import REPO

TARGETS = ("linux-x86_64", "linux-arm64", "macos-x86_64", "macos-arm64", "windows-x86_64")


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
    (licence,) = [name for name in names if name.endswith("/licenses/LICENSE")]
    assert licence.startswith(f"rnnkit-{rnnkit.__version__}.dist-info")
    assert not [name for name in names if name.startswith(("tests", "scripts"))]


@pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())
def test_wheel_holds_the_kernels_for_its_platform(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    library = kernels.path()
    assert {f"rnnkit/kernels/{library.name}", "rnnkit/kernels/librnnkit.sha256"} <= names
    assert wheel.name.split("-", 2)[2].startswith("py3-none-")
    assert "any" not in wheel.name


@pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())
def test_wheel_passes_the_inspection(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPO / "scripts"))
    import build_kernels
    import wheels

    here = build_kernels.target()
    if (here.system, here.machine) not in wheels.MAGIC:
        pytest.skip(f"no wheels are built for {here.system} on {here.machine}")
    (wheel,) = dist.glob("*.whl")
    assert kernels.path().name in wheels.inspect(wheel, here)
    with pytest.raises(SystemExit, match="tag"):
        wheels.inspect(wheel, build_kernels.TARGETS["windows-x86_64"])


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TARGETS)
def test_wheel_is_built_for_every_platform(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ziglang", reason="`pip install ziglang` compiles for other platforms")
    monkeypatch.syspath_prepend(str(REPO / "scripts"))
    import build_kernels
    import wheels

    assert tuple(build_kernels.TARGETS) == TARGETS
    assert " MB" in wheels.build(name, tmp_path)[1]


def test_sdist_holds_sources_configs_and_tests(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames() if "/" in name}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CITATION.cff",
        "Makefile",
        "configs/fable.yaml",
        "rnnkit/__init__.py",
        "rnnkit/kernels/src/kernels.c",
        "scripts/build_kernels.py",
        "tests/conftest.py",
    } <= names
    assert not [name for name in names if name.startswith("rnnkit/kernels/librnnkit")]


def test_wheel_works_from_an_empty_folder(dist: Path, tmp_path: Path) -> None:
    """Unpacked, as pip lays it out; tests/test_install.py answers and trains by installed ones."""
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    folder = tmp_path / "empty"
    folder.mkdir()

    def call(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    where = "import rnnkit; print(rnnkit.__file__)"
    assert call("-c", where).startswith(str(tmp_path / "site"))
    assert "fable_char" in call("-m", "rnnkit", "config", "list")
    assert call("-m", "rnnkit", "config", "new", "language_model").startswith("# A language model")
    assert "ok" in call("-m", "rnnkit", "check", "fable")


def test_citation_names_the_version() -> None:
    citation = yaml.safe_load((REPO / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == rnnkit.__version__
