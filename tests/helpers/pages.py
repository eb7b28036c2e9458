"""The pages of the documentation, block by block.

A block says what it is by its language, and may have a file's name as its title:

- `console`: `$ command` lines, which are run, each followed by what it prints; `...` stands for
  anything.
- `pycon`: as in a session of Python, run and compared.
- `python`: run, or, with a title, a file.
- `yaml`: a config, or some of its sections; with a title a file too.
- `sh`: commands that are not run, only checked.
- `text`: anything else.

A comment `<!-- not run: WHY -->` above a block says why it is not run, `<!-- where: WHAT -->` what
it presupposes: a name of `tests.helpers.conditions`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from tests.conftest import REPO

FENCE = re.compile(
    r"(?:^<!-- not run: ([^\n]*) -->\n|^<!-- where: ([^\n]*) -->\n)?"
    r'^```(\w*)(?: title="([^"]*)")?\n(.*?)^```$',
    re.DOTALL | re.MULTILINE,
)
LANGUAGES = ("console", "pycon", "python", "yaml", "sh", "text")


@dataclass(frozen=True)
class Block:
    """A block between fences, with its line on the page."""

    why_not: str
    where: str
    language: str
    title: str
    text: str
    line: int

    def calls(self) -> list[tuple[str, list[str]]]:
        """The commands of a `console` block, each with the lines that it should print."""
        calls: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                calls.append((line[2:], []))
            else:
                calls[-1][1].append(line)
        return calls


@dataclass(frozen=True)
class Page:
    """A page of Markdown."""

    name: str
    text: str

    def __str__(self) -> str:
        return self.name

    @functools.cached_property
    def blocks(self) -> list[Block]:
        return [
            Block(
                match[1] or "",
                match[2] or "",
                match[3],
                match[4] or "",
                match[5],
                self.text[: match.start(3)].count("\n") + 1,
            )
            for match in FENCE.finditer(self.text)
        ]

    @property
    def prose(self) -> str:
        """The page without its blocks."""
        return FENCE.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        """What stands between backquotes in the prose."""
        return re.findall(r"`([^`\n]+)`", self.prose)

    @property
    def task(self) -> str:
        """The task whose sections its configs show."""
        found = re.search(r"^<!-- configs: (\w+) -->$", self.text, re.MULTILINE)
        return found[1] if found else "language_model"

    def titled(self, suffix: str) -> list[Block]:
        return [block for block in self.blocks if block.title.endswith(suffix)]

    def file(self, title: str) -> str:
        """The text of the block with this title."""
        (text,) = [block.text for block in self.blocks if block.title == title]
        return text

    def beginning(self, text: str) -> str:
        """The text of the block that begins so."""
        (found,) = [block.text for block in self.blocks if block.text.startswith(text)]
        return found


def page(name: str) -> Page:
    """The page at a path below the project's folder."""
    return Page(name, (REPO / name).read_text(encoding="utf-8"))


def pages() -> list[Page]:
    """README, and every page of docs/ that is not generated."""
    names = sorted(path.relative_to(REPO).as_posix() for path in (REPO / "docs").rglob("*.md"))
    written = [name for name in names if not name.startswith("docs/reference/generated/")]
    return [page(name) for name in ["README.md", *written]]
