"""`rnnkit inspect data`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnnkit.cli.inspect.files import file_options
from rnnkit.cli.name_completion import config_names
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import code_option, json_option
from rnnkit.cli.output import paint, print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.progress import log, quiet_stderr
from rnnkit.quantities import percent

if TYPE_CHECKING:
    from rnnkit.audit.audit import Audit
    from rnnkit.audit.finding import Finding

COLOURS = {"high": "red", "medium": "yellow", "low": None}


@click.command()
@code_option
@file_options("Draw lengths and labels, or series (.png).")
@click.option(
    "--rows",
    type=Whole(min=0),
    default=5,
    show_default=True,
    help="How many rows of each finding to name; --json has all.",
)
@json_option
@click.argument("name", metavar="CONFIG|RUN", shell_complete=config_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
def data(
    name: str,
    overrides: tuple[str, ...],
    rows: int,
    output: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Audit the data before a training: what is wrong with them, in which rows, and what to do.

    Repetitions within and across parts, leaks of the target, labels that are probably wrong, what
    truncation loses, words out of vocabulary, rare labels; of series jumps of scale, values that
    stand still, gaps, and columns that hold the future.

    \b
    rnnkit inspect data reviews.yaml
    rnnkit inspect data imdb_lstm data.max_length=200 -o audit.png
    """
    from rnnkit.workflows.inspect import data as workflow

    with quiet_stderr(True):
        audited = workflow.audit(name, overrides)
    if output is not None:
        workflow.write_picture(output, audited, Path(name).stem, overwrite=overwrite)
        log.info(f"written to {output}")
    if as_json:
        print_json(workflow.record(audited))
        return
    say(audited.verdict)
    for finding in audited.findings:
        _print_finding(finding, rows)
    _print_facts(audited)


def _print_finding(finding: Finding, rows: int) -> None:
    say()
    say(f" {finding.what}", lead=paint(f"[{finding.severity}]", fg=COLOURS[finding.severity]))
    if finding.rows and rows:
        more = finding.count - len(finding.rows[:rows])
        rest = f" and {more:,} more" if more > 0 else ""
        say(f"  {_by_file(finding.rows[:rows])}{rest}")
    say(f"  {finding.cure}")


def _by_file(rows: Sequence[str]) -> str:
    """Rows with the name of their file once: "reviews.csv: row 3, 17"."""
    files: dict[str, list[str]] = {}
    for row in rows:
        file, _, number = row.rpartition(": row ")
        files.setdefault(f"{file}: row " if file else "", []).append(number)
    return "; ".join(f"{file}{', '.join(numbers)}" for file, numbers in files.items())


def _print_facts(audited: Audit) -> None:
    if audited.facts:
        say()
        names = list(dict.fromkeys(name for facts in audited.facts.values() for name in facts))
        cells = [
            [name, *(_cell(facts.get(name, "")) for facts in audited.facts.values())]
            for name in names
        ]
        print_table(["", *audited.facts], cells)
    for line in audited.sampled:
        say(f"sample: {line}")


def _cell(value: str | float) -> str:
    if isinstance(value, float):
        return percent(value, 1)
    return f"{value:,}" if isinstance(value, int) else value
