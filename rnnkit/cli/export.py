"""`rnnkit export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rnnkit.cli.numbers import Number
from rnnkit.cli.options import code_option
from rnnkit.cli.output import say
from rnnkit.cli.tables import print_table
from rnnkit.quantities import byte_size, counted
from rnnkit.registry import EXPORTS, lookup
from rnnkit.report.numbers import number_text

if TYPE_CHECKING:
    from rnnkit.workflows.export import Written

Words = tuple[str, ...]


def _targets() -> str:
    """The targets for the help, a line each."""
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
@click.option(
    "--int8", is_flag=True, help="Weights of eight bits, where TARGET has them (onnx), scored."
)
@click.option(
    "--max-loss",
    type=Number(min=0),
    metavar="POINTS",
    help="The most that a score may fall by --int8. Default: 1.",
)
@code_option
def export(
    words: Words, output: str | None, overwrite: bool, int8: bool, max_loss: float | None
) -> None:
    """Write a trained model for use outside rnnkit.

    \b
    rnnkit export fable onnx
    rnnkit export runs/fable keras -o fable.keras --overwrite
    rnnkit export imdb_lstm onnx --int8 --max-loss 0.5
    """
    run, target = _run_and_target(words)
    if max_loss is not None and not int8:
        raise click.UsageError("--max-loss goes with --int8 only.")
    if int8:
        _export_int8(run, target, output, 1.0 if max_loss is None else max_loss, overwrite)
        return
    from rnnkit.workflows import export as workflow

    written = workflow.export(run, target, output, overwrite=overwrite)
    _say_written(written)


def _say_written(written: Written) -> None:
    with_it = "".join(f" and {path}" for path in written.further)
    say(f"{written.path}{with_it}: {byte_size(written.size_bytes)}")


def _export_int8(
    run: str | None, target: str, output: str | None, max_loss: float, overwrite: bool
) -> None:
    """Prints both models side by side."""
    from rnnkit.tasks.evaluation import COUNTS
    from rnnkit.workflows.quantize import export_int8

    done = export_int8(run, target, output, max_loss=max_loss, overwrite=overwrite)
    _say_written(done.written)
    models = {"float32": done.before, "int8": done.after}
    names = [name for name in done.before.scores if name not in COUNTS]
    rows = [
        [
            *(f"  {precision}", byte_size(model.size_bytes), f"{model.milliseconds:.2f}"),
            *(number_text(model.scores[name]) for name in names),
        ]
        for precision, model in models.items()
    ]
    sequence = f"one sequence of {counted(done.steps, 'step')}"
    say(f"scores on the {done.part} part; ms for the answer to {sequence}")
    print_table(["", "size", "ms", *names], rows)


def _run_and_target(words: Words) -> tuple[str | None, str]:
    if len(words) not in (1, 2):
        expected = f"Expected [RUN] TARGET, the target one of: {', '.join(sorted(EXPORTS))}."
        raise click.UsageError(expected)
    return (words[0] if len(words) == 2 else None), words[-1]
