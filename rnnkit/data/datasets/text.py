"""The user's own text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from rnnkit.config.unused import Unused
from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.txt import Txt
from rnnkit.data.raw.long_text import LongText
from rnnkit.data.raw.text import Corpus
from rnnkit.data.read.files import find_file_or_folder, read_text
from rnnkit.errors import RnnkitError, at

LONG = 64 << 20  # bytes from which a text is read in pieces


class Text(TextDataset):
    """Any text: a file, several files in the order of the list, or the files of a folder in the
    order of their names.

    More than 64 MiB are never in memory at once.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "your own file"
    file_keys: ClassVar[tuple[str, ...]] = ("encoding",)
    path: str | list[str] = Field(description="a text file, a list of files, or a folder")
    pattern: str = Field("*.txt", min_length=1, description="which files of a folder to read")
    encoding: str = Field("utf-8", description="the file's character encoding")

    def unused(self) -> Iterator[Unused]:
        paths = [self.path] if isinstance(self.path, str) else self.path
        with contextlib.suppress(RnnkitError):  # a missing path may be a folder elsewhere
            if not any(find_file_or_folder(path).is_dir() for path in paths):
                yield Unused("pattern", "path names no folder")

    def own_format(self) -> Format:
        return Txt(encoding=self.encoding)

    def load(self) -> Corpus | LongText:
        with at(self.config_key("path")):
            files = self._files()
        if sum(file.stat().st_size for file in files) > LONG:
            return LongText.of(files, self.config_key("path"), self.encoding)
        with at(self.config_key("path")):
            texts = [read_text(file, self.encoding) for file in files]
        # files without a final newline must not join their last word to the next file
        return Corpus(
            "".join(
                [text if text.endswith("\n") else f"{text}\n" for text in texts[:-1]] + texts[-1:]
            )
        )

    def _files(self) -> list[Path]:
        files: list[Path] = []
        for path in [self.path] if isinstance(self.path, str) else self.path:
            found = find_file_or_folder(path)
            try:
                below = (
                    sorted(file for file in found.rglob(self.pattern) if file.is_file())
                    if found.is_dir()
                    else [found]
                )
            except NotImplementedError:
                raise RnnkitError(
                    "",
                    f"the pattern {self.pattern!r}",
                    "Expected names below the folder, such as '*.txt'",
                ) from None
            if not below:
                raise RnnkitError(
                    "",
                    f"{path!r} is a directory without {self.pattern}",
                    "Expected text files",
                    "Name one, or set data.dataset.text.pattern",
                )
            files += below
        if not files:
            raise RnnkitError("", "an empty list", "Expected text files")
        return files

    def sample(self) -> Corpus:
        return Corpus(FABLE)

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return ", ".join(map(str, self._files()))
