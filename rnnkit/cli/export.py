"""`rnnkit export`."""

from __future__ import annotations

import click

from rnnkit.cli.options import code_option
from rnnkit.cli.output import say
from rnnkit.cli.runs import size
from rnnkit.registry import EXPORTS, lookup

Words = tuple[str, ...]


def _targets() -> str:
    """A line for each."""
    lines = (f"{name:12}{lookup('export', name).gives}" for name in EXPORTS)
    return "\n".join(["\b", *lines])


class _Export(click.Command):
    """Lists the targets below its help, for which they are imported."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.epilog = (
            f"{_targets()}\n\nRUN is a run folder or its name; without it, the newest run."
        )
        super().format_epilog(ctx, formatter)


@click.command(cls=_Export)
@click.argument("words", nargs=-1, metavar="[RUN] TARGET")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to write it. Default: in the current folder, named after the run.",
)
@click.option("--overwrite", is_flag=True, help="Replace what --output names.")
@code_option
def export(words: Words, output: str | None, overwrite: bool) -> None:
    """Write a trained model for use outside rnnkit.

    \b
    rnnkit export fable onnx
    rnnkit export runs/fable keras -o fable.keras --overwrite
    """
    run, target = _run_and_target(words)
    from rnnkit.workflows import export as workflow

    written = workflow.export(run, target, output, overwrite=overwrite)
    with_it = "".join(f" and {path}" for path in written.further)
    say(f"{written.path}{with_it}: {size(written.size_bytes)}")


def _run_and_target(words: Words) -> tuple[str | None, str]:
    if len(words) not in (1, 2):
        expected = f"Expected [RUN] TARGET, the target one of: {', '.join(sorted(EXPORTS))}."
        raise click.UsageError(expected)
    return (words[0] if len(words) == 2 else None), words[-1]
