"""A self-contained HTML page, without network and scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rnnkit.report.exhibits import Exhibit
from rnnkit.report.html import Html, element, join
from rnnkit.report.style import STYLE

# even if a text were not escaped, nothing is loaded and no script runs
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Section:
    """A section with exhibits.

    Args:
        title: The heading.
        exhibits: The exhibits; one without a heading has the title "".
        remarks: Paragraphs above the exhibits.
        folded: Whether the exhibits are hidden until the reader opens them.
    """

    title: str
    exhibits: Sequence[Exhibit]
    remarks: Sequence[str] = ()
    folded: bool = False

    def html(self) -> Html:
        """The section."""
        remarks = [element("p", remark, class_="soft") for remark in self.remarks]
        parts = [
            join(element("h3", exhibit.title) if exhibit.title else "", exhibit.html())
            for exhibit in self.exhibits
        ]
        if self.folded:
            shown = element("details", element("summary", "show"), parts)
            return element("section", element("h2", self.title), remarks, shown)
        return element("section", element("h2", self.title), remarks, parts)


@dataclass(frozen=True)
class Page:
    """The page of a run.

    Args:
        title: The name of the run.
        subtitle: A line that describes it.
        verdict: Sentences, the most important first.
        tone: The colour of the verdict: "good", "bad" or "".
        sections: The sections in order.
    """

    title: str
    subtitle: str
    verdict: Sequence[str]
    tone: str = ""
    sections: Sequence[Section] = field(default_factory=list)

    def html(self) -> str:
        """The whole file."""
        head = element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", http_equiv="Content-Security-Policy", content=POLICY),
            element("title", self.title),
            element("style", Html(STYLE)),
        )
        verdict = element(
            "div",
            [element("p", sentence) for sentence in self.verdict],
            class_=f"verdict {self.tone}".strip(),
        )
        top = element(
            "header", element("h1", self.title), element("p", self.subtitle, class_="soft")
        )
        sections = [section.html() for section in self.sections]
        body = element("body", top, element("main", verdict, sections))
        return f'<!doctype html>\n<html lang="en">{head}{body}</html>\n'
