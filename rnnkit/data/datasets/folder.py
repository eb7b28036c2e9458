"""A folder with a subfolder, or a file, for each label."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from rnnkit.config.mistakes import mistake
from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.raw.labelled import Examples, Labelled, places
from rnnkit.data.read.files import find_folder, read_text
from rnnkit.errors import RnnkitError, at, setting
from rnnkit.progress import RowsLeftOut
from rnnkit.quantities import counted
from rnnkit.storage.reading import CORPUS_BYTES, LONGEST_CHARACTER, TEXT_CHARACTERS, require_text

PARTS = ("train", "validation", "test")
FOLDER = "folder"
"""The name of the group of a text: a subfolder of its label's folder."""

_NO_LABEL = re.compile(r"\.|(?:readme|licen[cs]e)(?![a-z])|unsup$", re.IGNORECASE)


class Folder(LabelledDataset):
    """A folder with one subfolder for each label and a file for each text, or one file for each
    label and a text on each line.

    Subfolders called train, validation and test hold such folders, where its authors split the
    data. Hidden files, those called README or LICENSE, and aclImdb's `unsup`, reviews without a
    verdict, are left alone.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "your own folder"
    groups: ClassVar[tuple[str, ...]] = (FOLDER,)
    file_keys: ClassVar[tuple[str, ...]] = ("encoding", "pattern")
    path: str = Field(description="the folder")
    pattern: str = Field("*.txt", description="which files to read")
    encoding: str = Field("utf-8", description="the file's character encoding")

    @field_validator("pattern")
    @classmethod
    def _is_below_the_folder(cls, pattern: str) -> str:
        if not pattern or pattern.startswith("/"):
            raise mistake(
                f"found {pattern!r}", "Expected names of files below the folder, such as *.txt"
            )
        return pattern

    def load(self) -> Labelled:
        with at(self.config_key("path")):
            return self._load(find_folder(self.path))

    def _load(self, folder: Path) -> Labelled:
        parts = {part: folder / part for part in PARTS if (folder / part).is_dir()}
        if "train" not in parts:
            parts = {"train": folder}
        notes: list[str] = []
        examples = {part: self._examples(below, notes) for part, below in parts.items()}
        if FOLDER in self.kept and not any(examples["train"].columns[FOLDER]):
            raise self._no_folders(parts["train"])
        return Labelled(examples, notes)

    def _no_folders(self, folder: Path) -> RnnkitError:
        hint = self._deeper(folder) or "Remove `data.split.group`"
        got = f"no text of {folder} is in a subfolder of its label's folder"
        return RnnkitError("", got, "Expected label/folder/text.txt to group by", hint)

    def _deeper(self, folder: Path) -> str:
        """A hint if texts are in subfolders of the labels' folders; "" if there are none."""
        deeper = f"**/{self.pattern}"
        has_any = any(folder.glob(f"*/*/{self.pattern}"))
        return f"Write {setting('pattern', deeper)}" if has_any else ""

    def _examples(self, folder: Path, notes: list[str]) -> Examples:
        texts: list[str] = []
        labels: list[tuple[str, ...]] = []
        origins: list[str] = []
        within: list[str | None] = []
        empty = 0
        folders = [
            below
            for below in sorted(folder.iterdir())
            if below.is_dir() and not _is_ignored(below) and any(below.glob(self.pattern))
        ]
        for label in folders or self._files(folder):
            for file in self._files(label) if folders else [label]:
                most = LONGEST_CHARACTER * TEXT_CHARACTERS if folders else CORPUS_BYTES
                content = read_text(file, self.encoding, may_be_empty=bool(folders), at_most=most)
                for number, text in enumerate(
                    [content] if folders else content.removesuffix("\n").split("\n"), start=1
                ):
                    if not text.strip():
                        empty += 1
                        continue
                    require_text(text, str(file) if folders else f"{file}: row {number}")
                    texts.append(text.strip())
                    labels.append((label.name if folders else label.stem,))
                    below = file.relative_to(label).parts[:-1] if folders else ()
                    within.append(below[0] if below else None)
                    origins.append(str(file) if folders else f"{file}: row {number}")
        read = {file for label in folders for file in self._files(label)}
        if folders and (loose := [file for file in self._files(folder) if file not in read]):
            notes.append(
                RowsLeftOut(
                    f"{folder}: it has a folder for each label, so"
                    f" {counted(len(loose), 'file outside them is', 'files outside them are')}"
                    f" left out: {places([f.name for f in loose])}"
                )
            )
        if not texts:
            raise RnnkitError(
                "",
                f"no text in any {self.pattern} of {folder}, nor in its subfolders",
                "Expected a file or a folder for each label",
                self._deeper(folder),
            )
        if empty:
            left_out = counted(empty, "empty file" if folders else "empty line")
            notes.append(RowsLeftOut(f"{folder}: {left_out} left out"))
        return Examples(texts, labels, origins.__getitem__, columns={FOLDER: within})

    def read(self, path: str) -> Labelled:
        if not Path(path).is_dir():
            return super().read(path)
        notes: list[str] = []
        return Labelled({"data": self._examples(Path(path), notes)}, notes)

    def _files(self, folder: Path) -> list[Path]:
        return sorted(
            file for file in folder.glob(self.pattern) if file.is_file() and not _is_ignored(file)
        )

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_folder(self.path))


def _is_ignored(path: Path) -> bool:
    """Whether a file or folder does not belong to a label."""
    return _NO_LABEL.match(path.name) is not None
