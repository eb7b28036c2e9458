"""Options of `predict` that are verbs of their own now; they work for one version more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from rnnkit.cli.options import Command
from rnnkit.progress import log


def former_options(command: Command) -> Command:
    """--horizon and --anomalies with what goes with them, hidden."""
    for option in (
        click.option(
            "--horizon", type=click.IntRange(min=1), hidden=True, help="Now `rnnkit forecast`."
        ),
        click.option("--anomalies", is_flag=True, hidden=True, help="Now `rnnkit anomalies`."),
        click.option("--windows", hidden=True, help="Now of `rnnkit anomalies`."),
        click.option(
            "--threshold",
            type=click.FloatRange(0, 1, min_open=True, max_open=True),
            hidden=True,
            help="Now of `rnnkit anomalies`.",
        ),
        click.option("--plot", is_flag=False, flag_value="", hidden=True, help="Now of both."),
    ):
        command = option(command)
    return command


def run_former(
    run: str | None,
    source: str | None,
    output: str,
    overwrite: bool,
    as_json: bool,
    former: Mapping[str, Any],
) -> bool:
    """Calls the verb that an option has become, with a notice; whether there was one."""
    options = {name: value for name, value in former.items() if value not in (None, False)}
    if not options:
        return False
    verb = "anomalies" if "anomalies" in options else "forecast"
    options.pop("anomalies", None)
    if verb == "forecast" and (wrong := options.keys() & {"windows", "threshold"}):
        raise click.UsageError(f"--{min(wrong)} goes with `rnnkit anomalies` only.")
    log.warning(f"`rnnkit predict --{min(former_names(verb))}` is now `rnnkit {verb}`")
    from rnnkit.cli.anomalies import anomalies
    from rnnkit.cli.forecast import forecast

    command = anomalies if verb == "anomalies" else forecast
    shared = {"run": run, "source": source, "overwrite": overwrite, "as_json": as_json}
    click.get_current_context().invoke(command, **shared, **_output(verb, output), **options)
    return True


def former_names(verb: str) -> tuple[str, ...]:
    """The options that turned `predict` into this verb."""
    return ("anomalies",) if verb == "anomalies" else ("horizon",)


def _output(verb: str, output: str) -> dict[str, str]:
    return {} if verb == "anomalies" and output == "-" else {"output": output}
