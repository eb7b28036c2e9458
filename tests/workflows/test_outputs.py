"""Files that a user names for results: one rule for every verb."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import rnnkit
from rnnkit.errors import RnnkitError
from rnnkit.storage import write_bytes
from rnnkit.workflows.inspect.surprise import Surprise, write_page
from rnnkit.workflows.outputs import output_format, output_picture, require_free


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "mine.csv").write_text("mine", encoding="utf-8")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to("mine.csv")
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "elsewhere")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
    return tmp_path


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("folder.csv", "a directory"),
        ("link.csv", "a link to 'mine.csv'"),
        ("dangling.csv", "a link to"),
        ("pipe.csv", "a pipe"),
        ("none/new.csv", "no folder"),
        ("mine.csv/new.csv", "no folder"),
    ],
)
def test_require_free_refuses_what_is_no_file(
    name: str, words: str, overwrite: bool, files: Path
) -> None:
    if not hasattr(os, "mkfifo") and name == "pipe.csv":
        pytest.skip("no pipes here")
    before = sorted(path.name for path in files.iterdir())
    with pytest.raises(RnnkitError, match=words):
        require_free(files / name, overwrite)
    with pytest.raises(RnnkitError, match=f"--output.*{words}"):
        output_format(str(files / name), ["csv"], overwrite)
    assert sorted(path.name for path in files.iterdir()) == before


def test_devices_are_never_replaced() -> None:
    with pytest.raises(RnnkitError, match="a device"):
        require_free(Path(os.devnull), True)


def test_what_exists_is_replaced_when_asked_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.html").touch()
    Path("a.png").touch()
    Path("a.yaml").touch()
    found = [Surprise("a", None, None, []), Surprise("\u202e<b>", 1.0, 0.5, [])]
    config = rnnkit.Config("fable")
    for write in (
        lambda: write_page("a.html", found),
        lambda: output_picture("a.png", "--plot", overwrite=False),
        lambda: config.save("a.yaml"),
    ):
        with pytest.raises(RnnkitError, match=r"exists already.*overwrite"):
            write()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 0
    write_page("a.html", found, overwrite=True)
    config.save("a.yaml", overwrite=True)
    page = Path("a.html").read_text(encoding="utf-8")
    assert "\u202e" not in page
    assert r"\u202e&lt;b&gt;" in page
    assert rnnkit.Config("a.yaml") == config


def test_write_bytes_never_writes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    (tmp_path / "labels.json").symlink_to(tmp_path / "mine")
    (tmp_path / f".labels.json.{os.getpid()}.tmp").symlink_to(tmp_path / "mine")  # planted
    write_bytes(tmp_path / "labels.json", b"new")
    assert (tmp_path / "labels.json").read_bytes() == b"new"
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "mine"
