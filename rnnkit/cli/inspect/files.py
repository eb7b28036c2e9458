"""The options for the files that `rnnkit inspect` writes: a picture, a page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.options import Command


def file_options(picture: str = "", page: str = "") -> Callable[[Command], Command]:
    """-o for a picture, --html for a page, and --overwrite for both. The files are checked before
    anything is computed.

    Args:
        picture: The help of -o; "" for a verb that draws none.
        page: The help of --html; "" for a verb that writes none.
    """
    files = ["--output"] * bool(picture) + ["--html"] * bool(page)

    def with_files(command: Command) -> Command:
        @functools.wraps(command)
        def checked(*arguments: Any, **options: Any) -> Any:
            _require_free(options.get("output"), options.get("page"), options["overwrite"])
            return command(*arguments, **options)

        replaces = f"Replace the file of {' or '.join(files)}."
        result: Any = click.option("--overwrite", is_flag=True, help=replaces)(checked)
        if page:
            result = click.option("--html", "page", metavar="FILE", help=page)(result)
        if picture:
            result = click.option("-o", "--output", metavar="FILE", help=picture)(result)
        return goes_with("--overwrite", *files)(result)

    return with_files


def _require_free(output: str | None, page: str | None, overwrite: bool) -> None:
    from rnnkit.workflows.outputs import output_page, output_picture

    if output is not None:
        output_picture(output, "--output", overwrite)
    if page is not None:
        output_page(page, "--html", overwrite)
