"""`rnnkit bench`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from rnnkit.cli.name_completion import config_names
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import code_option, json_option
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.errors import RnnkitError
from rnnkit.quantities import byte_size, percent
from rnnkit.registry import PEERS

if TYPE_CHECKING:
    from rnnkit.bench.result import Comparison, Contender
    from rnnkit.bench.work import Verb


@click.command()
@click.argument("verb", type=click.Choice(["train", "generate", "predict"]), default="train")
@click.argument("config", default="fable", shell_complete=config_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--against",
    default="keras",
    show_default=True,
    metavar="NAMES",
    help=f"Peers, separated by commas: {', '.join(PEERS)}.",
)
@click.option(
    "--repeats",
    type=Whole(min=1),
    default=5,
    show_default=True,
    help="How many times each does the work, after a first time, which compiles and is reported "
    "separately.",
)
@click.option(
    "--steps",
    type=Whole(min=1),
    default=20,
    show_default=True,
    help="How many batches of rows to read.",
)
@code_option
@json_option
def bench(
    verb: str,
    config: str,
    overrides: tuple[str, ...],
    against: str,
    repeats: int,
    steps: int,
    as_json: bool,
) -> None:
    """Compare rnnkit with other libraries on this machine, in turn.

    All have the same model, weights, rows, batches and Adam; dropout is left out. "rnnkit"
    reads every row at full length, as the others do; "rnnkit, buckets" is what `rnnkit train`
    does with texts of unequal length. Every task is compared where its layers are an embedding,
    one_hot or numbers, lstm, gru or simple_rnn, dense layers, pools and attention. `predict` scores
    known texts, also where a model generates from a condition or translates; `generate` decodes.

    \b
    rnnkit bench train imdb_lstm --against keras,keras-jax,torch
    rnnkit bench generate ptb_small --against keras,torch
    rnnkit bench train pos_ewt model.embedding=100
    rnnkit bench train translate_en_fr --against keras,keras-jax,torch
    rnnkit bench predict imdb_lstm --against keras,onnx --json
    """
    from rnnkit.bench import compare as workflow

    names = tuple(name.strip() for name in against.split(",") if name.strip())
    if not names:
        raise RnnkitError("--against", "names no library", f"Expected some of: {', '.join(PEERS)}")
    options = workflow.Options(against=names, repeats=repeats, steps=steps)
    comparison = workflow.compare(cast("Verb", verb), config, overrides, options)
    if as_json:
        print_json(comparison.as_json())
        return
    say(f"{verb}: {comparison.work}; medians of {repeats}")
    unit = "GB/s" if comparison.moved else "GFLOP/s"
    header = ["", "seconds", "+-", "CPU s", "times", unit, "of limit", "first", "peak", "same"]
    print_table(header, [_row(comparison, contender) for contender in comparison.contenders])
    limit = "memory is read by" if comparison.moved else "a large matrix product does"
    say(f"limit: {limit} {comparison.limit / 1e9:,.0f} {unit} here")
    for name, command in comparison.skipped.items():
        say(f"{name}: not installed; `{command}` installs it")


def _row(comparison: Comparison, contender: Contender) -> list[str]:
    from statistics import median

    rate = comparison.rate(contender)
    agrees = {None: "", True: "yes", False: "no"}[comparison.agrees(contender)]
    return [
        contender.name,
        f"{contender.median:.4f}",
        percent(contender.spread),
        f"{median(contender.cpu):.4f}",
        f"{contender.median / comparison.contenders[0].median:.2f}",
        f"{rate / 1e9:.1f}",
        percent(rate / comparison.limit),
        f"{contender.first:.2f}",
        "" if contender.peak is None else byte_size(contender.peak),
        agrees if agrees != "no" else f"no ({contender.differs:.1e})",
    ]
