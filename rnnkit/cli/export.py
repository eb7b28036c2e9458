"""`rnnkit export`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.numbers import Number
from rnnkit.cli.options import code_option, json_option
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.quantities import byte_size, counted
from rnnkit.registry import EXPORTS, lookup
from rnnkit.report.numbers import number_text

if TYPE_CHECKING:
    from rnnkit.workflows.export import Exported
    from rnnkit.workflows.quantize import Quantized

Words = tuple[str, ...]


def _targets() -> str:
    """The targets for the help, a line each."""
    lines = (f"{name:12}{lookup('export', name).summary}" for name in EXPORTS)
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
@json_option
@code_option
def export(
    words: Words,
    output: str | None,
    overwrite: bool,
    int8: bool,
    max_loss: float | None,
    as_json: bool,
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
        from rnnkit.workflows.quantize import export_int8

        most = 1.0 if max_loss is None else max_loss
        quantized = export_int8(run, target, output, max_loss=most, overwrite=overwrite)
        print_json(_quantized_json(quantized)) if as_json else _print_quantized(quantized)
        return
    from rnnkit.workflows import export as workflow

    written = workflow.export(run, target, output, overwrite=overwrite)
    print_json(_written_json(written)) if as_json else _say_written(written)


def _say_written(written: Exported) -> None:
    with_it = "".join(f" and {path}" for path in written.further)
    say(f"{written.path}{with_it}: {byte_size(written.size_bytes)}")


def _written_json(written: Exported) -> dict[str, Any]:
    return {
        "path": str(written.path),
        "size_bytes": written.size_bytes,
        "further": list(map(str, written.further)),
    }


def _quantized_json(quantized: Quantized) -> dict[str, Any]:
    """Scores are those of one part; milliseconds for the answer to a sequence of so many steps."""
    return {
        **_written_json(quantized.written),
        "part": quantized.part,
        "steps": quantized.steps,
        "float32": asdict(quantized.before),
        "int8": asdict(quantized.after),
    }


def _print_quantized(quantized: Quantized) -> None:
    """Both models side by side."""
    from rnnkit.tasks.evaluation import COUNTS

    _say_written(quantized.written)
    models = {"float32": quantized.before, "int8": quantized.after}
    names = [name for name in quantized.before.scores if name not in COUNTS]
    rows = [
        [
            *(f"  {precision}", byte_size(model.size_bytes), f"{model.milliseconds:.2f}"),
            *(number_text(model.scores[name]) for name in names),
        ]
        for precision, model in models.items()
    ]
    sequence = f"one sequence of {counted(quantized.steps, 'step')}"
    say(f"scores on the {quantized.part} part; ms for the answer to {sequence}")
    print_table(["", "size", "ms", *names], rows)


def _run_and_target(words: Words) -> tuple[str | None, str]:
    if len(words) not in (1, 2):
        expected = f"Expected [RUN] TARGET, the target one of: {', '.join(sorted(EXPORTS))}."
        raise click.UsageError(expected)
    return (words[0] if len(words) == 2 else None), words[-1]
