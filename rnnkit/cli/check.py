"""`rnnkit check`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from rnnkit.cli.name_completion import config_names
from rnnkit.cli.options import code_option, json_option
from rnnkit.cli.output import print_json, say


@click.command()
@click.argument("config", required=False, shell_complete=config_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--build", is_flag=True, help="Read the data and build the keras model too.")
@click.option("--device", is_flag=True, help="Print the CPU cores and GPUs of each backend.")
@json_option
@code_option
def check(
    config: str | None, overrides: tuple[str, ...], build: bool, device: bool, as_json: bool
) -> None:
    """Report every mistake in a config at once.

    Every key, value and shape rule is checked, without data and without a framework. A key that
    does nothing together with the others is not a mistake, but is named. With --json mistakes and
    remarks are on standard output as well.

    \b
    rnnkit check configs/fable.yaml
    rnnkit check --device
    """
    from rnnkit.workflows import check as workflow
    from rnnkit.workflows.remarks import remark_on_unused

    if config is None and not device:
        raise click.UsageError("Missing argument 'CONFIG' (or --device).")
    if as_json:
        if config is None or device:
            raise click.UsageError("--json goes with a CONFIG alone; rnnkit doctor has devices.")
        _print_checked(config, overrides, build=build)
        return
    if config is not None:
        path, checked = workflow.check(config, overrides, build=build)
        remark_on_unused(checked)
        say(
            f"{path}: ok, and the model builds"
            if build
            else f"{path}: ok ({checked.kind()}; data not read, add --build to build the model)"
        )
    if device:
        for line in workflow.describe_devices():
            say(line)


def _print_checked(config: str, overrides: Sequence[str], *, build: bool) -> None:
    from rnnkit.errors import RnnkitError
    from rnnkit.workflows import check as workflow
    from rnnkit.workflows.remarks import remark_on_unused

    try:
        path, task = workflow.check(config, overrides, build=build)
    except RnnkitError as error:
        keys = ("where", "got", "expected", "hint")
        mistakes = [{key: getattr(mistake, key) for key in keys} for mistake in error.errors]
        print_json({"config": config, "task": None, "mistakes": mistakes, "remarks": []})
        raise
    unused = remark_on_unused(task)
    remarks = [{"where": key.key, "got": key.got, "hint": key.hint} for key in unused]
    print_json({"config": path, "task": task.kind(), "mistakes": [], "remarks": remarks})
