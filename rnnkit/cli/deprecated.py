"""Options of `predict` that have become verbs; they work for one more version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from click.core import ParameterSource

from rnnkit.cli.numbers import Number, Whole
from rnnkit.cli.options import Command
from rnnkit.progress import log

OPTIONS = {"forecast": ("horizon",), "anomalies": ("anomalies", "windows", "threshold")}
"""The options that became a verb, each with those that depend on it."""


def deprecated_options(command: Command) -> Command:
    """Adds --horizon and --anomalies with the options that depend on them, hidden."""
    for option in (
        click.option("--horizon", type=Whole(min=1), hidden=True, help="Now `rnnkit forecast`."),
        click.option("--anomalies", is_flag=True, hidden=True, help="Now `rnnkit anomalies`."),
        click.option("--windows", hidden=True, help="Now of `rnnkit anomalies`."),
        click.option(
            "--threshold",
            type=Number(0, 1, min_open=True, max_open=True),
            hidden=True,
            help="Now of `rnnkit anomalies`.",
        ),
        click.option("--plot", is_flag=False, flag_value="", hidden=True, help="Now of both."),
    ):
        command = option(command)
    return command


def run_deprecated(
    run: str | None,
    sources: tuple[str, ...],
    output: str,
    overwrite: bool,
    as_json: bool,
    deprecated: Mapping[str, Any],
) -> bool:
    """Calls the verb that an option has become, with a warning; False without such an option."""
    options = {name: value for name, value in deprecated.items() if value not in (None, False)}
    if not options:
        return False
    verb = "anomalies" if "anomalies" in options else "forecast"
    option = next((name for name in OPTIONS[verb] if name in options), "plot")
    for name in sorted(options.keys() - {*OPTIONS[verb], "plot"}):
        raise click.UsageError(f"--{name} goes with `rnnkit {_verb_of(name)}` only.")
    _refuse_others(verb)
    if len(sources) > 1:
        raise click.UsageError(f"--input is one file where rnnkit {verb} answers.")
    log.warning(f"`rnnkit predict --{option}` is now `rnnkit {verb}`")
    options.pop("anomalies", None)
    from rnnkit.cli.anomalies import anomalies
    from rnnkit.cli.forecast import forecast

    command = anomalies if verb == "anomalies" else forecast
    shared = {
        "run": run,
        "source": next(iter(sources), None),
        "overwrite": overwrite,
        "as_json": as_json,
    }
    click.get_current_context().invoke(command, **shared, **_output(verb, output), **options)
    return True


def _verb_of(option: str) -> str:
    return next(verb for verb, names in OPTIONS.items() if option in names)


def _refuse_others(verb: str) -> None:
    """Refuses the options of `predict` that the verb lacks."""
    context = click.get_current_context()
    for name in ("text", "top", "column", "jobs"):
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} does not go with `rnnkit {verb}`.")


def _output(verb: str, output: str) -> dict[str, str]:
    return {} if verb == "anomalies" and output == "-" else {"output": output}
