"""Tiny Shakespeare."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.raw.text import Corpus
from rnnkit.data.read.download import RemoteFile
from rnnkit.data.read.files import find_file, read_text
from rnnkit.errors import at

INPUT = RemoteFile(
    name="tinyshakespeare.txt",
    url="https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    local_names=("tinyshakespeare/input.txt", "tinyshakespeare.txt"),
)


class TinyShakespeare(TextDataset):
    """40,000 lines of Shakespeare's plays, 1,115,394 characters (Karpathy 2015); the last tenth is
    the validation part.
    """

    short: ClassVar[str | None] = "path"
    brings: ClassVar[tuple[str, ...]] = ("validation",)
    origin: ClassVar[str] = "char-rnn's input.txt, pinned to a commit and a checksum"
    licence: ClassVar[str] = "public domain"
    path: str | None = Field(None, description="your own copy; found or downloaded by default")

    def load(self) -> Corpus:
        with at(self.config_key()):
            text = read_text(find_file(self.path) if self.path else INPUT.locate())
        end = len(text) * 9 // 10
        return Corpus(text[:end], text[end:])

    def sample(self) -> Corpus:
        return Corpus(FABLE)

    def fetch(self) -> str:
        return str(INPUT.locate())
