"""A text whose tokens are coloured by a number, as a page."""

from __future__ import annotations

import html
from collections.abc import Sequence

from rnnkit.escapes import visible
from rnnkit.report.style import STYLE

MIX = """\
.text span{border-radius:2px;padding:.05em 0;white-space:pre-wrap}
.text{line-height:1.9;overflow-wrap:anywhere}
.p{background:color-mix(in srgb,var(--one) var(--s),transparent)}
.n{background:color-mix(in srgb,var(--two) var(--s),transparent)}
"""
STRONGEST = 75  # percent of the colour, so that the text stays readable


def coloured_page(
    title: str, lines: Sequence[str], tokens: Sequence[str], numbers: Sequence[float]
) -> str:
    """A page of a text whose tokens have a background for a number: one colour above 0, another
    below, the stronger the further from 0. Hovering shows the number.

    Args:
        title: The title of the page.
        lines: The lines below the title.
        tokens: The tokens, with their white space.
        numbers: A number for each token, from -1 to 1.
    """
    spans = "".join(
        f'<span class="{"p" if number >= 0 else "n"}" title="{number:+.2f}"'
        f' style="--s:{min(1.0, abs(number)) * STRONGEST:.0f}%">{_shown(token)}</span>'
        for token, number in zip(tokens, numbers, strict=True)
    )
    paragraphs = "".join(f'<p class="soft">{html.escape(visible(line))}</p>' for line in lines)
    key = (
        '<p class="text"><span class="n" style="--s:75%"> -1 </span>'
        '<span class="n" style="--s:35%"> -0.5 </span> 0 '
        '<span class="p" style="--s:35%"> 0.5 </span>'
        '<span class="p" style="--s:75%"> 1 </span></p>'
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(visible(title))}</title><style>{STYLE}{MIX}</style></head>"
        f"<body><h1>{html.escape(visible(title))}</h1>{paragraphs}{key}"
        f'<p class="text">{spans}</p></body></html>\n'
    )


def _shown(token: str) -> str:
    return html.escape(visible(token, lines=True)).replace("\n", "&#8629;<br>")
