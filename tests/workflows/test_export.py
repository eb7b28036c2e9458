"""What every export keeps to, whatever it writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.export import Model, Target
from rnnkit.registry import EXPORTS
from rnnkit.workflows.export import export, open_model


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
    export(str(fable_run), "keras", str(path), overwrite=True)
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
