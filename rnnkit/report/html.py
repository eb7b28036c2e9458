"""HTML whose texts cannot be taken for tags: what is not `Html` is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

from rnnkit.escapes import visible

VOID = ("meta", "line", "polyline", "polygon", "rect", "circle")  # without content


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | int | Iterable[str]
"""What an element holds: texts, which are escaped, and `Html`."""


def element(tag: str, /, *content: Content, **attributes: str | float | bool | None) -> Html:
    """One element.

    Args:
        tag: Its name.
        content: Texts and elements.
        attributes: By name, `class_` for `class`, `stroke_width` for `stroke-width`; numbers in as
            few digits as show; True for an attribute without a value; None or False for none.
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in VOID and not content:
        return Html(f"<{tag}{written}/>")
    return Html(f"<{tag}{written}>{join(*content)}</{tag}>")


def join(*content: Content) -> Html:
    """Texts and elements, one after the other."""
    return Html("".join(_written(one) for one in content))


def text(value: object) -> Html:
    """A text as one line, escaped."""
    return Html(html.escape(visible(str(value))))


def lines(value: str) -> Html:
    """A text that keeps its lines, escaped."""
    return Html(html.escape(visible(value, lines=True)))


def _written(content: Content) -> str:
    if isinstance(content, Html):
        return content
    return text(content) if isinstance(content, str | int) else join(*content)


def _attribute(name: str, value: str | float | bool | None) -> str:
    key = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {key}"
    shown = value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
    return f' {key}="{text(shown)}"'
