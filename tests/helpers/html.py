"""HTML as a browser reads it: its tags, attributes, texts and the cells of its tables."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import ClassVar


class Parsed(HTMLParser):
    """A page or a part of one."""

    KNOWN: ClassVar[set[str]] = {
        *("lang", "charset", "name", "content", "http-equiv", "class", "style", "role"),
        *("aria-label", "viewbox", "text-anchor", "points"),
        *("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r"),
    }
    """The attributes that a report has: none loads or runs anything."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.rows: list[list[str]] = []
        self._texts: list[str] = []
        self._is_in_cell = False
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return "".join(self._texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._is_in_cell = True

    def handle_data(self, data: str) -> None:
        self._texts.append(data)
        if self._is_in_cell:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._is_in_cell = False
