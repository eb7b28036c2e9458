"""`rnnkit inspect`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rnnkit.cli.combinations import excludes, goes_with
from rnnkit.cli.layers import print_layers
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import (
    RUN_HELP,
    backend_options,
    code_option,
    engine_option,
    json_option,
    run_argument,
    text_from,
)
from rnnkit.cli.output import paint, print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.cli.trace import trace
from rnnkit.progress import log
from rnnkit.visible import visible

if TYPE_CHECKING:
    from rnnkit.workflows.speed import LayerSpeed
    from rnnkit.workflows.surprise import Surprise


@click.group()
def inspect() -> None:
    """Show layers, each step in numbers, surprisal or attention.

    \b
    rnnkit inspect summary fable
    rnnkit inspect surprise --text "had a general council"
    """


inspect.add_command(trace)


@inspect.command()
@code_option
@click.argument("name", metavar="CONFIG|RUN")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
def summary(name: str, overrides: tuple[str, ...]) -> None:
    """Print layers, output shapes and parameter counts.

    \b
    rnnkit inspect summary configs/fable.yaml
    rnnkit inspect summary runs/fable
    """
    from rnnkit.workflows.inspect import load_architecture

    architecture = load_architecture(name, overrides)
    print_layers(architecture.input_shape, architecture.all_layers)


@inspect.command()
@backend_options
@code_option
@json_option
@click.argument("name", metavar="CONFIG|RUN")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
def speed(
    name: str, overrides: tuple[str, ...], device: str, backend: str | None, as_json: bool
) -> None:
    """Print what computes each recurrent layer here, and the setting that costs a faster way.

    In training it is a compiled CPU kernel (fused), cuDNN on a GPU, or the framework's own
    operations, step by step (generic); answers are a kernel's, NumPy's or keras'. "on a GPU" is
    what would train the layer there.

    \b
    rnnkit inspect speed imdb_lstm
    rnnkit inspect speed imdb_lstm model.layers.0.lstm.recurrent_dropout=0.2
    rnnkit inspect speed runs/fable --device cpu
    """
    from rnnkit.workflows import speed as workflow

    found = workflow.speed(name, overrides, device=device, backend_name=backend)
    if as_json:
        print_json(asdict(found))
        return
    print_table(
        ["layer", "kind", "training", "on a GPU", "answers", "costs it", "why"],
        [_speed_row(layer) for layer in found.layers],
    )
    kernels = f"kernels by {found.instruction_set}" if found.instruction_set else "no kernels"
    where = ", ".join(found.gpus) or "no GPU"
    say(f"{found.backend}, {where}; {kernels}, {found.threads} threads")
    for line in found.advice:
        say(line)


def _speed_row(layer: LayerSpeed) -> list[str]:
    """What costs a kernel here; where nothing does, what costs cuDNN's on a GPU."""
    here, there = layer.training, layer.on_gpu
    costs, why = here.setting, here.reason
    if here.kernel != "generic" and there.kernel == "generic":
        costs, why = there.setting, f"{why}; {there.reason}"
    return [
        layer.name,
        layer.kind,
        here.kernel,
        there.kernel,
        layer.answers,
        costs or "-",
        why,
    ]


@inspect.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option("--text", required=True, metavar="TEXT", help="The text; - reads standard input.")
@click.option(
    "--top",
    type=Whole(min=1),
    default=3,
    show_default=True,
    help="How many alternatives to show for each token.",
)
@click.option("--html", "page", metavar="FILE", help="Write an HTML page instead of the list.")
@click.option("--overwrite", is_flag=True, help="Replace the file of --html.")
@goes_with("--overwrite", "--html")
@excludes("--json", "--html", "the page is written instead of the list")
@engine_option
@json_option
def surprise(
    run: str | None, text: str, top: int, page: str | None, overwrite: bool, as_json: bool
) -> None:
    """Print each token's surprisal in bits, and what the model expected instead.

    \b
    rnnkit inspect surprise --text "the mice had a general council"
    rnnkit inspect surprise runs/alice_char --text "Alice was beginning" --html surprise.html
    """
    from rnnkit.workflows import surprise as workflow

    surprised = workflow.surprises(run, text_from(text), top=top)
    if page is not None:
        workflow.write_page(page, surprised, overwrite=overwrite)
        log.info(f"written to {page}")
    elif as_json:
        print_json([asdict(one) for one in surprised])
    else:
        for one in surprised:
            say(_alternatives(one), lead=_painted(one))
        mean = workflow.mean_bits(surprised)
        say(f"{mean:.2f} bits per token, perplexity {2**mean:,.2f}")


def _painted(one: Surprise) -> str:
    """A token on a ground as red as it is surprising."""
    # From the terminal's own ground to a full red.
    ground = None if one.shade < 0.1 else (round(60 + 160 * one.shade), 40, 40)
    token = visible(_token(one.token))
    if one.bits is not None:
        token = f"{token:<16}"
    return paint(token, bg=ground, fg="white" if ground else None)


def _alternatives(one: Surprise) -> str:
    """Its bits, and the tokens in its place."""
    if one.bits is None:
        return ""
    alternatives = "  ".join(f"{_token(token)} {share:.1%}" for token, share in one.alternatives)
    return f" {one.bits:6.2f} bits   {alternatives}".rstrip()


@inspect.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option("--text", required=True, metavar="TEXT", help="The source; - reads standard input.")
@click.option("-o", "--output", metavar="FILE", help="Draw a heat map (.png) instead of the table.")
@click.option("--overwrite", is_flag=True, help="Replace the file of --output.")
@goes_with("--overwrite", "--output")
@excludes("--json", "--output", "the map is drawn instead of the table")
@json_option
def attention(
    run: str | None, text: str, output: str | None, overwrite: bool, as_json: bool
) -> None:
    """Print the decoded target of a source, and the attention of each of its tokens to the source.

    \b
    rnnkit inspect attention --text "I am cold."
    rnnkit inspect attention runs/translate_en_fr --text "I am cold." -o map.png
    """
    from rnnkit.workflows import attention as workflow

    attended = workflow.attention(run, text_from(text))
    if output is not None:
        workflow.write_map(output, attended, overwrite=overwrite)
        log.info(f"written to {output}")
    elif as_json:
        print_json(asdict(attended))
    else:
        rows = [
            [_token(token), *(f"{share:.2f}" for share in shares)]
            for token, shares in zip(attended.target, attended.shares, strict=True)
        ]
        print_table(["", *map(_token, attended.source)], rows)


def _token(token: str) -> str:
    return token if token.strip() else repr(token)
