"""The user's own text."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from rnnkit.data.dataset import Corpus, TextDataset
from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.files import find_file, read_text


class Text(TextDataset):
    """Any text file."""

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "the user's own file"
    path: str = Field(description="a text file")
    encoding: str = "utf-8"

    def load(self) -> Corpus:
        where = "data.dataset.text.path"
        return Corpus(read_text(find_file(self.path, where), where, self.encoding))

    def sample(self) -> Corpus:
        return Corpus(FABLE)

    def fetch(self) -> str:
        return str(find_file(self.path, "data.dataset.text.path"))
