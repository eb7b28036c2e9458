"""`rnnkit train --learning-rate-test`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.options import Command, code_arguments
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.platform.shell import quote
from rnnkit.progress import log
from rnnkit.report.numbers import number_text

if TYPE_CHECKING:
    from rnnkit.workflows.rate_test import RangeTestResult

FLAG = "--learning-rate-test"
META = "rnnkit.rate_test"  # the values of these options, in the `meta` of click's context
ROWS = 20  # of the table


def rate_test_options(command: Command) -> Command:
    """Adds --learning-rate-test and the options that depend on it."""
    command = goes_with("--plot", FLAG)(command)
    for option in (
        click.option(
            "--overwrite",
            **_stored_option("overwrite"),
            is_flag=True,
            help="Replace the file of --plot.",
        ),
        click.option(
            "--plot",
            **_stored_option("plot"),
            metavar="[FILE]",
            is_flag=False,
            flag_value="learning-rate-test.png",
            help=f"With {FLAG}: a picture (.png) of the loss against the rate.",
        ),
        click.option(
            FLAG,
            **_stored_option("asked"),
            is_flag=True,
            help="Raise the learning rate until the loss diverges, suggest one, and keep nothing.",
        ),
    ):
        command = option(command)
    return goes_with("--overwrite", "--plot")(command)


def _stored_option(name: str) -> dict[str, Any]:
    """The arguments of an option whose value is stored in click's context."""

    def store(context: click.Context, _: click.Parameter, value: object) -> object:
        context.meta.setdefault(META, {})[name] = value
        return value

    return {"expose_value": False, "callback": store}


def is_requested() -> bool:
    """Whether the call has --learning-rate-test."""
    return bool(click.get_current_context().meta[META]["asked"])


def run_rate_test(
    config: str, overrides: Sequence[str], device: str, backend: str | None, *, as_json: bool
) -> None:
    """Runs the test on a config, and prints losses and the suggested rate."""
    from rnnkit.workflows.rate_test import test_rates

    request = click.get_current_context().meta[META]
    found = test_rates(
        config,
        overrides,
        device=device,
        backend_name=backend,
        plot=request["plot"],
        overwrite=request["overwrite"],
    )
    if request["plot"] is not None:
        log.info(f"written to {request['plot']}")
    if as_json:
        print_json(_as_json(found))
        return
    measured = found.measured
    steps = sorted({round(i * (len(measured.rates) - 1) / (ROWS - 1)) for i in range(ROWS)})
    print_table(
        ["learning rate", "loss", "smoothed"],
        [
            [
                f"{measured.rates[step]:.1e}",
                number_text(float(measured.losses[step])),
                number_text(float(measured.smoothed[step])),
            ]
            for step in steps
        ],
    )
    say(found.verdict)
    if found.setting:
        words = [config, *overrides, found.setting]
        say(f"next: rnnkit train {' '.join(map(quote, words))}{code_arguments()}")


def _as_json(found: RangeTestResult) -> dict[str, Any]:
    measured = found.measured
    return {
        "suggestion": measured.suggestion,
        "setting": found.setting,
        "chosen": found.verdict,
        "configured": found.configured,
        "batch_size": found.batch_size,
        "diverged": measured.diverged,
        "rates": measured.rates.tolist(),
        "losses": measured.losses.tolist(),
        "smoothed": measured.smoothed.tolist(),
    }
