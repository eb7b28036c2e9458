"""Alice's Adventures in Wonderland."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field

from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.raw.text import Corpus
from rnnkit.data.read.download import RemoteFile
from rnnkit.data.read.files import find_file, read_text
from rnnkit.errors import at

BOOK = RemoteFile(
    name="alice_pg11.txt",
    url="https://raw.githubusercontent.com/madhushree-k/Down-the-rabbit-hole/fbb131595023312d86009b65eb560348c6ae5859/11-0.txt",
    sha256="90be41dc68e60a0613997dea1c2e763806a2f2c989ccf2cb04388f36faacfd41",
    local_names=("alice/alice_pg11.txt", "alice_pg11.txt", "11-0.txt"),
)


class Alice(TextDataset):
    """Alice's Adventures in Wonderland (Lewis Carroll, 1865), 27,000 words; Gutenberg's header and
    footer are left out.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = (
        "Project Gutenberg, eBook 11; downloaded from a public copy that is pinned to a commit and"
        " a checksum"
    )
    licence: ClassVar[str] = "public domain in the USA"
    path: str | None = Field(
        None, description="your own copy of the book; found or downloaded by default"
    )

    def load(self) -> Corpus:
        with at(self.config_key()):
            path = find_file(self.path) if self.path else BOOK.locate()
            return Corpus(strip_gutenberg(read_text(path)))

    def sample(self) -> Corpus:
        return Corpus(FABLE)

    def fetch(self) -> str:
        return str(BOOK.locate())


def strip_gutenberg(text: str) -> str:
    """Removes Project Gutenberg's header and footer, if present."""
    if start := re.search(
        r"^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG EBOOK.*$", text, re.MULTILINE
    ):
        text = text[start.end() :]
    if end := re.search(
        r"^(?:\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG EBOOK|End of (?:the )?Project"
        r" Gutenberg)",
        text,
        re.MULTILINE,
    ):
        text = text[: end.start()]
    return text.strip() + "\n"
