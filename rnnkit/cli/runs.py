"""`rnnkit runs`."""

from __future__ import annotations

from dataclasses import asdict

import click

from rnnkit.cli.mistyped import Group
from rnnkit.cli.name_completion import run_names
from rnnkit.cli.options import code_option, json_option
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.progress import log
from rnnkit.quantities import byte_size
from rnnkit.report.numbers import number_text


@click.group(cls=Group, invoke_without_command=True)
@json_option
@code_option
@click.pass_context
def runs(context: click.Context, as_json: bool) -> None:
    """List the runs of runs/ (or RNNKIT_RUNS), newest first.

    \b
    rnnkit runs
    rnnkit runs show fable
    """
    if context.invoked_subcommand is not None:
        return
    from rnnkit.run import runs_folder
    from rnnkit.workflows import runs as workflow

    summaries = workflow.summarize_all()
    if as_json:
        print_json([asdict(summary) for summary in summaries])
        return
    for summary in summaries:
        if summary.problem:
            log.info(f"{summary.name}: {summary.problem}")
    if not summaries:
        log.info(f"no runs in {runs_folder()}")
        return
    rows = [
        [
            run.name,
            run.task,
            run.dataset,
            run.score,
            age(run.age_seconds),
            byte_size(run.size_bytes),
        ]
        for run in summaries
    ]
    print_table(["run", "task", "data", "best", "age", "size"], rows)


@runs.command()
@click.argument("name", metavar="RUN", shell_complete=run_names)
@json_option
@code_option
def show(name: str, as_json: bool) -> None:
    """Show a run's scores, files and environment.

    \b
    rnnkit runs show fable
    rnnkit runs show fable --json
    """
    from rnnkit.workflows import runs as workflow

    described = workflow.describe(name)
    summary = described["summary"]
    if as_json:
        print_json({**described, "summary": asdict(summary)})
        return
    description = (
        summary.score
        if summary.problem
        else f"{summary.task} on {summary.dataset}, best {summary.score}"
    )
    say(f"{summary.name}: {description}, {age(summary.age_seconds)} old")
    if summary.problem:
        log.info(summary.problem)
    for part, models in described["metrics"].items():
        rows = [
            [
                f"  {who}",
                *(
                    f"{key} {number_text(value)}"
                    for key, value in scores.items()
                    if key not in ("correct", "tokens")
                ),
            ]
            for who, scores in models.items()
        ]
        width = max(len(row) for row in rows)
        say(part)
        print_table([""] * width, [row + [""] * (width - len(row)) for row in rows])
    environment = described["environment"]
    say(
        f"trained with rnnkit {environment['rnnkit']}, {environment['backend']}, Python"
        f" {environment['python']}, at {environment['started']}"
    )
    print_table(
        ["file", "size"], [[path, byte_size(count)] for path, count in described["files"].items()]
    )


def age(seconds: float) -> str:
    """A time span in its largest unit: "3 min", "2 h", "5 d"."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
