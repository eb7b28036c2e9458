"""`rnnkit generate`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.numbers import Number, Whole
from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    engine_option,
    json_option,
    run_argument,
    text_from,
)
from rnnkit.cli.output import ask, print_json, print_text, say
from rnnkit.errors import RnnkitError, at

if TYPE_CHECKING:
    from rnnkit.tasks.capabilities import Oov
    from rnnkit.workflows.generate import Generated, Generator


@click.command(epilog=RUN_HELP)
@run_argument
@click.option(
    "--seed",
    "--prompt",
    "seed",
    metavar="TEXT",
    help="The text to continue, or the source; - reads standard input.",
)
@click.option(
    "--condition",
    metavar="LABEL|NUMBERS",
    help="What the text is conditioned on, in a conditioned run; --seed is optional then.",
)
@click.option("--interactive", is_flag=True, help="Read one seed after another, until Ctrl-D.")
@click.option(
    "--max-new-tokens",
    type=Whole(min=1),
    help="Generate at most this many new tokens. Default: the config's, else the length of the "
    "longest training text, or 32 if texts have no end.",
)
@click.option(
    "--temperature",
    type=Number(min=0, max=100),
    help="0: the most probable token at each step; 1: the model's own probabilities.",
)
@click.option(
    "--top-k",
    type=Whole(min=1),
    help="Top-k sampling: sample from this many of the most probable tokens.",
)
@click.option(
    "--top-p",
    type=Number(min=0, min_open=True, max=1),
    help="Nucleus sampling: sample from the most probable tokens whose probabilities sum to this.",
)
@click.option(
    "--repetition-penalty",
    type=Number(min=0, min_open=True),
    help="Above 1, makes repeated tokens less probable.",
)
@click.option(
    "--sampler",
    "samplers",
    multiple=True,
    metavar="NAME",
    help="A further sampler, such as min_p, or your own: my_module:MySampler.",
)
@click.option(
    "--beam-size",
    type=Whole(min=1),
    help="Beam search that keeps this many continuations.",
)
@click.option(
    "--length-penalty",
    type=Number(min=0),
    help="A beam's score is log p / length ** this.",
)
@click.option("--num-samples", type=Whole(min=1), help="How many texts to generate, in one batch.")
@click.option("--stop", metavar="TEXT", help="Stop after this text.")
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16", "int8"]),
    help="Recurrent weights of half or a quarter of the size, which large layers read faster.",
)
@click.option(
    "--random-seed",
    type=Whole(min=0),
    help="Seed of the random generator: the same seed gives the same text.",
)
@click.option(
    "--oov",
    type=click.Choice(["error", "skip", "unk"]),
    default="error",
    show_default=True,
    help="What to do with out-of-vocabulary words.",
)
@click.option(
    "--report",
    is_flag=True,
    help="Report on stderr how much of each text is copied from the training text.",
)
@click.option("--raw", is_flag=True, help="Print the new tokens as they are in the vocabulary.")
@engine_option
@json_option
@code_option
def generate(
    run: str | None,
    seed: str | None,
    condition: str | None,
    oov: Oov,
    interactive: bool,
    as_json: bool,
    samplers: tuple[str, ...],
    **options: Any,
) -> None:
    """Continue a text, or decode a source.

    A language model continues --seed; an encoder-decoder decodes it.

    Samplers apply in the order repetition penalty, top-k, temperature, top-p, then each --sampler.

    \b
    rnnkit generate --seed "had a general"
    rnnkit generate runs/fable --seed "the mice" --temperature 0.8 --top-p 0.9 --num-samples 3
    rnnkit generate --seed "had a general" --report
    rnnkit generate --interactive
    """
    from rnnkit.workflows.generate import Generator

    report, raw = options.pop("report"), options.pop("raw")
    if condition is not None and not interactive:
        seed = seed or ""
    if (seed is None) == (not interactive):
        raise click.UsageError(
            "Expected one of --seed TEXT (or --condition LABEL) and --interactive."
        )
    if interactive and (raw or as_json or report):
        raise click.UsageError("--interactive prints text: remove --raw, --json and --report.")
    options["samplers"] = list(samplers) or None
    generator = Generator.open(run, options, oov=oov, condition=condition)
    if seed is None:
        _ask(generator)
        return
    text = text_from(seed)
    with at("--seed"):
        if not (raw or as_json or report):
            _answer(generator, text, streams=sys.stdout.isatty())
            return
        samples = generator.samples(text)
    if as_json:
        rows = _rows(generator, samples, report)
        print_json(rows if options["num_samples"] or len(rows) > 1 else rows[0])
    else:
        _print(generator, samples, report, raw)


def _rows(generator: Generator, samples: list[Generated], report: bool) -> list[dict[str, Any]]:
    """Samples as JSON shows them, with what each shares with the training text."""
    rows = [asdict(sample) for sample in samples]
    if report:
        for row, originality in zip(rows, generator.report(samples), strict=True):
            row["originality"] = asdict(originality)
    return rows


def _print(generator: Generator, samples: list[Generated], report: bool, raw: bool) -> None:
    """Samples as lines; on stderr what each shares with the training text."""
    reports = generator.report(samples) if report else []
    for index, sample in enumerate(samples):
        print_text(" ".join(sample.tokens) if raw else sample.text)
        for line in generator.report_lines(reports[index], sample) if report else []:
            say(f"  {line}", err=True)


def _ask(generator: Generator) -> None:
    """Reads seeds and answers each at once; a wrong one is explained and asked for again."""
    if sys.stdin is None:
        raise RnnkitError("standard input", "closed", "Expected text")
    while True:
        ask(generator.prompt)
        line = sys.stdin.buffer.readline().decode("utf-8", "replace")
        if not line:
            say(err=True)
            return
        try:
            with at("seed"):
                _answer(generator, line.rstrip("\r\n"), streams=True)
        except RnnkitError as error:
            say(f"Error: {error}", err=True)


def _answer(generator: Generator, seed: str, *, streams: bool) -> None:
    """Prints the continuations of a seed; a single one token by token, where that is
    wanted.
    """
    if generator.num_samples > 1 or not streams:
        for generated in generator.samples(seed):
            print_text(generated.text)
        return
    for part in generator.stream(seed):
        print_text(part, nl=False)
    say()
