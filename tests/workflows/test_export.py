"""What every export keeps to, whatever it writes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.export import Model, Target
from rnnkit.registry import EXPORTS
from rnnkit.workflows.export import export, open_model
from rnnkit.workflows.quantize import export_int8
from tests.cli.invoke import done
from tests.helpers.small_disk import small_disk


def test_export_keras_answers_as_the_run(fable_run: Path, tmp_path: Path) -> None:
    written = export(str(fable_run), "keras", str(tmp_path / "fable.keras"))
    assert [path.name for path in tmp_path.iterdir()] == ["fable.keras"]
    assert written.size_bytes == written.path.stat().st_size
    import keras

    model, ids = open_model(str(fable_run)), np.array([[3, 1, 4], [1, 5, 9]])
    opened = keras.saving.load_model(written.path)
    expected = model.predictor.outputs(ids)
    np.testing.assert_allclose(opened.predict(ids, verbose=0), expected, atol=1e-5)


def test_export_replaces_a_file_only_when_asked(fable_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "fable.keras"
    path.write_text("mine")
    with pytest.raises(RnnkitError, match=r"--output.*exists already.*--overwrite"):
        export(str(fable_run), "keras", str(path))
    assert path.read_text() == "mine"
    written = json.loads(
        done("export", fable_run, "keras", "-o", path, "--overwrite", "--json").stdout
    )
    assert written == {"path": str(path), "size_bytes": path.stat().st_size, "further": []}
    assert path.read_bytes()[:2] == b"PK"


def test_export_refuses_standard_output(fable_run: Path) -> None:
    with pytest.raises(RnnkitError, match=r"--output.*standard output"):
        export(str(fable_run), "card", "-")


@pytest.mark.parametrize("target", ["keras2", "", "rnnkit.run:RunFolder"])
def test_export_refuses_an_unknown_target(fable_run: Path, target: str) -> None:
    with pytest.raises(RnnkitError, match=r"export.*(one of|not loaded|no target)"):
        export(str(fable_run), target)


class Folder(Target):
    """A target of one's own, which writes a folder."""

    gives, suffix = "a folder", ""

    def wrote(self, folder: Path) -> bool:
        return (folder / "ours").is_file()

    def write(self, model: Model, path: Path) -> None:
        path.mkdir()
        (path / "ours").write_text("new")


def test_export_replaces_a_folder_only_of_its_own_kind(
    fable_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --overwrite."""
    monkeypatch.setitem(EXPORTS, "folder", f"{__name__}:Folder")
    for name, file in (("theirs", "letter"), ("former", "ours")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("old")
    with pytest.raises(RnnkitError, match=r"--output.*directory"):
        export(str(fable_run), "folder", "theirs", overwrite=True)
    with pytest.raises(RnnkitError, match=r"--output.*exists already"):
        export(str(fable_run), "folder", "former")
    export(str(fable_run), "folder", "former", overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["former", "theirs"]
    assert (tmp_path / "former" / "ours").read_text() == "new"
    assert (tmp_path / "theirs" / "letter").read_text() == "old"


def test_export_of_every_target_names_what_is_missing(
    fable_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    monkeypatch.setattr("rnnkit.environment.is_installed", lambda library: False)
    without = {"card", "html", "keras"}  # keras' own check is that of its backend
    for target in EXPORTS.keys() - without:
        with pytest.raises(RnnkitError, match=rf"export {target}.*pip install 'rnnkit\["):
            export(str(fable_run), target, "out")
    with pytest.raises(RnnkitError, match=r"export onnx.*pip install 'rnnkit\[onnx"):
        export_int8(str(fable_run), "onnx")


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(name, marks=[pytest.mark.soak] * (name in ("keras", "litert")))
        for name in EXPORTS
        if name != "card"  # which fits
    ],
)
def test_export_to_a_full_or_read_only_disk_leaves_nothing(
    target: str, fable_run: Path, tmp_path: Path
) -> None:
    if target == "onnx":
        pytest.importorskip("onnx")
    with small_disk(tmp_path / "disk", "16k") as disk:
        output = str(disk / "out.keras")
        with pytest.raises(RnnkitError, match=f"export {target}.*No space") as full:
            export(str(fable_run), target, output)
        assert full.value.exit_code == TRY_AGAIN
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with pytest.raises(RnnkitError, match=f"export {target}.*[Rr]ead-only"):
            export(str(fable_run), target, output)
        assert list(disk.iterdir()) == []


@pytest.mark.parametrize("target", EXPORTS)
def test_export_of_every_target_refuses_a_place(
    target: str, fable_run: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    for name, said in {
        "file": "exists already",
        "folder": "directory",
        "link": "link to",
        "nosuch/out": "no folder",
    }.items():
        with pytest.raises(RnnkitError, match=f"--output.*{said}"):
            export(str(fable_run), target, name, overwrite=name != "file")
    assert (tmp_path / "file").read_text() == "mine"
