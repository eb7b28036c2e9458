"""One page that needs nothing but itself: no network, no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rnnkit.report.exhibits import Exhibit
from rnnkit.report.html import Html, element, join
from rnnkit.report.style import STYLE

# Whatever a text says, nothing is loaded and nothing runs.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Section:
    """Some exhibits under one heading.

    Args:
        title: The heading.
        exhibits: What is shown; those without a heading of their own have the title "".
        remarks: Said above them.
        folded: Whether it is shown when it is asked for.
    """

    title: str
    exhibits: Sequence[Exhibit]
    remarks: Sequence[str] = ()
    folded: bool = False

    def html(self) -> Html:
        """The section."""
        remarks = [element("p", remark, class_="soft") for remark in self.remarks]
        parts = [
            join(element("h3", one.title) if one.title else "", one.html()) for one in self.exhibits
        ]
        if self.folded:
            shown = element("details", element("summary", "show"), parts)
            return element("section", element("h2", self.title), remarks, shown)
        return element("section", element("h2", self.title), remarks, parts)


@dataclass(frozen=True)
class Page:
    """The page of a run.

    Args:
        title: Its name.
        subtitle: What it is, in a line.
        verdict: Sentences, the most important first.
        tone: "good", "bad" or "".
        sections: In their order.
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
