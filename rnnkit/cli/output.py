"""The one place where the command line prints: lines, texts and JSON.

What labels, names and texts say may be a stranger's: nothing of it commands the terminal. A program
that reads the output gets texts and records letter by letter.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from rnnkit.cli.streams import is_unicode
from rnnkit.escapes import visible, visible_json


def say(line: str = "", *, lead: str = "", fg: str | None = None, err: bool = False) -> None:
    """Prints a line; what would command the terminal, or end the line, as escapes.

    Args:
        line: The text.
        lead: What stands before it, painted by `paint`.
        fg: Its colour on a terminal.
        err: Whether it goes to standard error.
    """
    text = visible(line)
    click.echo(lead + (click.style(text, fg=fg) if fg else text), err=err)


def paint(text: str, *, fg: str | None = None, bg: tuple[int, int, int] | None = None) -> str:
    """A text in colours, as the `lead` of a line."""
    return click.style(visible(text), fg=fg, bg=bg)


def ask(prompt: str) -> None:
    """Prints a prompt to standard error, without an end of line."""
    click.echo(visible(prompt), nl=False, err=True)


def print_text(text: str, *, nl: bool = True) -> None:
    """Prints a text that is a result, such as a generated one, and flushes: exactly, but on a
    terminal what would command it as escapes.
    """
    if sys.stdout.isatty():
        click.echo(visible(text, lines=True), nl=nl)
    else:
        click.echo(text, nl=nl, color=True)  # else click removes what looks like a colour


def print_json(data: Any) -> None:
    """Data as JSON, which loses no letter: one that standard output lacks is escaped."""
    click.echo(visible_json(json.dumps(data, indent=2, ensure_ascii=not is_unicode())))


@contextlib.contextmanager
def visibly() -> Iterator[None]:
    """What click says of an argument that was typed, or that a pattern matched, is visible."""
    try:
        yield
    except click.ClickException as error:
        error.message = visible(error.message, lines=True)  # type: ignore[misc]
        raise
