"""The one place where the command line prints: lines, texts and JSON.

Labels, names and texts may come from anyone: characters that a terminal would obey are escaped. A
program that reads the output gets texts and records unchanged.
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
    """Prints a line, with escapes for characters that a terminal obeys and for line ends.

    Args:
        line: The text.
        lead: A coloured prefix, from `paint`.
        fg: The colour of the text on a terminal.
        err: Whether it goes to standard error.
    """
    text = visible(line)
    click.echo(lead + (click.style(text, fg=fg) if fg else text), err=err)


def paint(text: str, *, fg: str | None = None, bg: tuple[int, int, int] | None = None) -> str:
    """A text with a foreground and a background colour, for `lead` of `say`."""
    return click.style(visible(text), fg=fg, bg=bg)


def ask(prompt: str) -> None:
    """Prints a prompt to standard error, without an end of line."""
    click.echo(visible(prompt), nl=False, err=True)


def print_text(text: str, *, nl: bool = True) -> None:
    """Prints a result, such as a generated text, and flushes; unchanged, except that on a terminal
    the characters that it obeys are escaped.
    """
    if sys.stdout.isatty():
        click.echo(visible(text, lines=True), nl=nl)
    else:
        click.echo(text, nl=nl, color=True)  # else click removes what looks like a colour


def print_json(data: Any) -> None:
    """Prints data as JSON; characters that standard output cannot encode are escaped."""
    click.echo(visible_json(json.dumps(data, indent=2, ensure_ascii=not is_unicode())))


@contextlib.contextmanager
def visible_errors() -> Iterator[None]:
    """Escapes invisible characters in click's messages, which quote arguments."""
    try:
        yield
    except click.ClickException as error:
        error.message = visible(error.message, lines=True)  # type: ignore[misc]
        raise
