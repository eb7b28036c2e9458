"""Irish folk tunes in ABC notation: as one text, or one by one with their key."""

from __future__ import annotations

import re
from collections import Counter
from typing import ClassVar

from pydantic import Field

from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.raw.text import Corpus
from rnnkit.data.read.download import RemoteFile
from rnnkit.data.read.files import find_file, read_text
from rnnkit.errors import RnnkitError, at
from rnnkit.quantities import agreed, counted

TUNES = RemoteFile(
    name="irish.abc",
    url="https://raw.githubusercontent.com/aamini/introtodeeplearning/fd8023c7804bd352fc7212ac3aa587bd90912653/mitdeeplearning/data/irish.abc",
    sha256="df3782d5f7b5a2f4c66aa7c13f13008d5f48757b3f5f51620cd6c1ceb2c53023",
    local_names=("music/irish.abc", "irish.abc"),
)
SAMPLE = """X:1
T:The mouse's bell
M:4/4
L:1/8
K:D Major
ABcd ABcd|dcBA dcBA|ABcd ABcd|d2 d2 d4|

X:2
T:The old cat
M:4/4
L:1/8
K:G Major
GABc GABc|cBAG cBAG|GABc GABc|g2 g2 g4|
"""


def _read(path: str | None) -> str:
    return read_text(find_file(path) if path else TUNES.locate())


class AbcTunes(TextDataset):
    """804 Irish tunes in ABC notation, 197,618 characters, as one text."""

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "MIT 6.S191's irish.abc, pinned to a commit and a checksum"
    licence: ClassVar[str] = "traditional tunes; the repository is under the MIT licence"
    path: str | None = Field(
        None, description="your own file of tunes; found or downloaded by default"
    )

    def load(self) -> Corpus:
        with at(self.config_key()):
            return Corpus(_read(self.path))

    def sample(self) -> Corpus:
        return Corpus("\n".join([SAMPLE] * 4))

    def fetch(self) -> str:
        return str(TUNES.locate())


class AbcTunesByKey(LabelledDataset):
    """The same tunes one by one, from their metre to their last bar; the label is the key ("D
    Major").
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = AbcTunes.origin
    licence: ClassVar[str] = AbcTunes.licence
    path: str | None = Field(
        None, description="your own file of tunes; found or downloaded by default"
    )
    min_tunes: int = Field(10, ge=1, description="leave out keys with fewer tunes")

    def load(self) -> Labelled:
        with at(self.config_key()):
            return self._by_key(_read(self.path), self.min_tunes)

    def sample(self) -> Labelled:
        return self._by_key("\n".join([SAMPLE] * 10), 1)

    def _by_key(self, text: str, min_tunes: int) -> Labelled:
        tunes: list[tuple[int, str, str]] = []
        for number, block in enumerate(
            re.findall(r"^X:[\s\S]*?(?=^X:|\Z)", text, re.MULTILINE), start=1
        ):
            key = re.search(r"^K: *(.+?) *$", block, re.MULTILINE)
            if key and (body := block[key.end() :].strip()):
                metre = re.search(r"^M:.*$", block, re.MULTILINE)
                tunes.append((number, key[1], f"{metre[0]}\n{body}" if metre else body))
        counts = Counter(key for _, key, _ in tunes)
        kept = [(number, key, tune) for number, key, tune in tunes if counts[key] >= min_tunes]
        if not tunes:
            raise RnnkitError(
                "",
                "no tune with a key",
                "Expected ABC notation: tunes that begin with a line such as `X:1`, then `K:D"
                " Major`, then the notes",
            )
        if not kept:
            (most, count), *_ = counts.most_common()
            raise RnnkitError(
                "",
                f"min_tunes is {min_tunes}, but no key has that many tunes: {most} has {count}",
                "Expected a smaller number",
            )
        rare = sum(count < min_tunes for count in counts.values())
        left_out = len(tunes) - len(kept)
        notes = (
            [
                f"{counted(left_out, 'tune')} in {counted(rare, 'key')} with fewer than"
                f" {min_tunes} {agreed(left_out, 'is', 'are')} left out"
            ]
            if rare
            else []
        )
        examples = Examples(
            [tune for *_, tune in kept],
            [(key,) for _, key, _ in kept],
            lambda index: f"tune {kept[index][0]}",
        )
        return Labelled({"train": examples}, notes)

    def fetch(self) -> str:
        return str(TUNES.locate())
