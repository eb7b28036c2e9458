"""A folder with a sub-folder, or a file, for each label."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from rnnkit.data.dataset import LabelledDataset
from rnnkit.data.examples import Examples, Labelled
from rnnkit.data.files import find_folder, read_text
from rnnkit.errors import RnnkitError

PARTS = ("train", "validation", "test")
NO_LABELS = ("readme", "license", "licence")


class Folder(LabelledDataset):
    """A folder with one sub-folder for each label and a file for each text, or one file for each label and a text on each line.

    Sub-folders called train, validation and test hold such folders, where its authors split the data. Hidden files and those
    called README or LICENSE are left alone.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "the user's own folder"
    path: str = Field(description="the folder")
    pattern: str = Field("*.txt", min_length=1, description="which files to read")
    encoding: str = "utf-8"

    def load(self) -> Labelled:
        where = "data.dataset.folder.path"
        folder = find_folder(self.path, where)
        parts = {part: folder / part for part in PARTS if (folder / part).is_dir()}
        if "train" not in parts:
            parts = {"train": folder}
        notes: list[str] = []
        return Labelled({part: self._examples(below, where, notes) for part, below in parts.items()}, notes)

    def _examples(self, folder: Path, where: str, notes: list[str]) -> Examples:
        texts: list[str] = []
        labels: list[tuple[str, ...]] = []
        places: list[str] = []
        empty = 0
        folders = [below for below in sorted(folder.iterdir()) if below.is_dir() and not _is_left_alone(below) and any(below.glob(self.pattern))]
        for label in folders or sorted(file for file in folder.glob(self.pattern) if file.is_file() and not _is_left_alone(file)):
            for file in sorted(file for file in label.glob(self.pattern) if file.is_file()) if folders else [label]:
                content = read_text(file, where, self.encoding)
                for number, text in enumerate([content] if folders else content.split("\n"), start=1):
                    if not text.strip():
                        empty += 1
                        continue
                    texts.append(text.strip())
                    labels.append((label.name if folders else label.stem,))
                    places.append(str(file) if folders else f"{file}: row {number}")
            empty -= not folders  # what follows the last line end of a file
        if not texts:
            raise RnnkitError(where, f"no {self.pattern} in {folder}, nor in folders below it", "Expected a file or a folder for each label")
        if empty > 0:
            notes.append(f"{folder}: {empty:,} empty lines left out")
        return Examples(texts, labels, places.__getitem__)

    def fetch(self) -> str:
        return str(find_folder(self.path, "data.dataset.folder.path"))


def _is_left_alone(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower().startswith(NO_LABELS)
