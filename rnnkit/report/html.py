"""HTML elements; every text that is not `Html` is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

from rnnkit.escapes import visible

VOID = ("meta", "line", "polyline", "polygon", "rect", "circle")  # without content


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | int | Iterable[str]
"""The content of an element: texts, which are escaped, and `Html`."""


def element(tag: str, /, *content: Content, **attributes: str | float | bool | None) -> Html:
    """An HTML element.

    Args:
        tag: The name of the element.
        content: Texts and elements.
        attributes: The attributes, `class_` for `class`, `stroke_width` for `stroke-width`; numbers
            are rounded to one decimal place; True gives an attribute without a value, None or
            False no attribute.
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in VOID and not content:
        return Html(f"<{tag}{written}/>")
    return Html(f"<{tag}{written}>{join(*content)}</{tag}>")


def join(*content: Content) -> Html:
    """Texts and elements, joined."""
    return Html("".join(_written(part) for part in content))


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
