"""Options and arguments that several verbs share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from rnnkit.cli.name_completion import run_names
from rnnkit.errors import RnnkitError
from rnnkit.platform.shell import quote

Command = TypeVar("Command", bound=Callable[..., Any])

CALL_WORDS = "rnnkit.words"
"""The key of the command line, a list of words, in the `meta` of click's context."""


RUN_HELP = "RUN is a run folder or its name; without it, the newest run that fits."


def run_argument(command: Command) -> Command:
    """The optional RUN."""
    return click.argument("run", required=False, shell_complete=run_names)(command)


def keys_argument(option: str) -> Callable[[Command], Command]:
    """The optional RUN, and KEY=VALUE for the file of an option."""

    def with_keys(command: Command) -> Command:
        keys = click.argument(
            "keys",
            nargs=-1,
            metavar="[KEY=VALUE]...",
            expose_value=False,
            callback=lambda context, _, values: _use_keys(context, values, option),
        )
        return run_argument(keys(command))

    return with_keys


def _use_keys(context: click.Context, keys: tuple[str, ...], option: str) -> None:
    """Makes the verb read files with these keys."""
    run = context.params.get("run")
    for word in (run, *keys) if option in context.meta.get(CALL_WORDS, ()) else ():
        if word is not None and Path(word).is_file():  # by the shell, from a pattern
            raise click.UsageError(f"{word} is a file. Quote the pattern: {option} '*.csv'")
    if run is not None and "=" in run and not Path(run).exists():
        context.params["run"], keys = None, (run, *keys)
    if keys:
        context.meta["rnnkit.keys"] = option
        from rnnkit.data.datasets.kinds.further import file_keys

        context.with_resource(file_keys(*keys))


def require_file(file: str | None) -> None:
    """Refuses KEY=VALUE without a file that they describe.

    Raises:
        UsageError: If there are some.
    """
    option = click.get_current_context().meta.get("rnnkit.keys")
    if file is None and option:
        raise click.UsageError(f"KEY=VALUE goes with {option} only, whose file it describes.")


def backend_options(command: Command) -> Command:
    """--device and --backend."""
    device = click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "gpu"]),
        default="auto",
        show_default=True,
        envvar="RNNKIT_DEVICE",
        help="Where to compute.",
    )
    backend = click.option(
        "--backend",
        type=click.Choice(["tensorflow", "jax"]),
        envvar="RNNKIT_BACKEND",
        help="The backend of keras. Default: tensorflow.",
    )
    return device(backend(command))


def code_option(command: Command, *, hidden: bool = False) -> Command:
    """--code, which imports the user's own components before anything else is read."""

    def import_files(
        context: click.Context, parameter: click.Parameter, files: tuple[str, ...]
    ) -> None:
        if files:
            from rnnkit.workflows.code import import_file

            for file in files:
                import_file(file)
        context.meta["rnnkit.code"] = files

    option = click.option(
        "--code",
        multiple=True,
        metavar="FILE.py",
        is_eager=True,
        hidden=hidden,
        expose_value=False,
        callback=import_files,
        help="A Python file with your own layers, data sets, tasks or metrics.",
    )
    return option(command)


def code_arguments() -> str:
    """The --code options of this call, for the command that is suggested next."""
    return "".join(
        f" --code {quote(file)}" for file in click.get_current_context().meta["rnnkit.code"]
    )


def engine_option(command: Command, *, hidden: bool = False) -> Command:
    """--engine: what computes the answers of the run that the verb opens."""

    def answer_by(context: click.Context, parameter: click.Parameter, engine: str) -> None:
        if engine != "auto":
            from rnnkit.workflows.engines import use_engine

            context.with_resource(use_engine(engine))

    option = click.option(
        "--engine",
        type=click.Choice(["auto", "numpy", "kernels", "onnx", "keras"]),
        default="auto",
        show_default=True,
        hidden=hidden,
        expose_value=False,
        callback=answer_by,
        help="What computes the answers; auto takes compiled kernels where they are faster.",
    )
    return option(command)


def text_option(what: str = "The text", *, required: bool = False) -> Callable[[Command], Command]:
    """--text, which `text_from` reads."""
    read = f"{what}; - reads standard input."
    return click.option("--text", metavar="TEXT", required=required, help=read)


def condition_option(command: Command) -> Command:
    """--condition, which `conditioned_text` reads."""
    return click.option(
        "--condition",
        metavar="LABEL|NUMBERS",
        help="What the text is conditioned on, in a conditioned run; --text is optional then.",
    )(command)


def conditioned_text(text: str | None, condition: str | None) -> str | None:
    """The text of --text: the beginning of one, "", where a condition alone is given; None for
    nothing.
    """
    if text is None:
        return None if condition is None else ""
    return text_from(text)


def json_option(command: Command) -> Command:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def picture_option(shows: str) -> Callable[[Command], Command]:
    """--plot, with a file or without."""
    return click.option(
        "--plot",
        metavar="[FILE]",
        is_flag=False,
        flag_value="",
        help=f"A picture (.png) of {shows}; without FILE it is named after --output.",
    )


def picture_path(plot: str | None, output: str | None, otherwise: str) -> str | None:
    """The file of --plot: `otherwise` where neither it nor --output names one."""
    if plot != "":
        return plot
    return otherwise if output in (None, "-") else str(Path(output or "").with_suffix(".png"))


def text_from(value: str) -> str:
    """The text of an option; "-" reads standard input."""
    if value != "-":
        return value
    if sys.stdin is None:
        hint = "Give the text itself, or by a pipe"
        raise RnnkitError("standard input", "closed", "Expected text", hint)
    from rnnkit.storage.reading import (
        LONGEST_CHARACTER,
        TEXT_CHARACTERS,
        long_text,
        require_text,
    )

    most = LONGEST_CHARACTER * TEXT_CHARACTERS
    content = sys.stdin.buffer.read(most + 1)
    if len(content) > most:
        raise long_text(f"a text of more than {most:,} bytes", "standard input")
    try:
        text = content.decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError as error:
        got, hint = f"byte {error.start} is not {error.encoding.upper()}", "Save the text as UTF-8"
        raise RnnkitError("standard input", got, "Expected text", hint) from None
    require_text(text, "standard input")
    return text
