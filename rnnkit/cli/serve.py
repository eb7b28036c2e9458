"""`rnnkit serve`."""

from __future__ import annotations

import click

from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import code_option, engine_option
from rnnkit.errors import RnnkitError


@click.command(epilog="RUN is a run folder or its name; without it, the newest run.")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen at; 0.0.0.0 lets other machines ask.",
)
@click.option(
    "--port",
    type=Whole(min=0, max=65535),
    default=8000,
    show_default=True,
    help="The port; 0 takes any that is free.",
)
@click.option(
    "--api-key",
    metavar="KEY",
    envvar="RNNKIT_API_KEY",
    help="Requests must bring it; better in the environment, where other users cannot read it.",
)
@click.option(
    "--limit",
    "limits",
    metavar="NAME=NUMBER",
    multiple=True,
    help="Another limit of requests, such as tokens=500 or seconds=30.",
)
@engine_option
@code_option
def serve(
    runs: tuple[str, ...], host: str, port: int, api_key: str | None, limits: tuple[str, ...]
) -> None:
    """Answer over HTTP, with a page to play with.

    \b
    rnnkit serve fable
    rnnkit serve fable runs/reviews --port 9000 --limit seconds=30
    """
    from rnnkit.workflows import serve as workflow

    signal = workflow.serve(
        runs, host=host, port=port, api_key=api_key, limits=dict(map(_limit, limits))
    )
    if signal is not None:
        raise SystemExit(128 + signal)


def _limit(text: str) -> tuple[str, object]:
    name, _, value = text.partition("=")
    try:
        return name, int(value) if value.lstrip("-").isdigit() else float(value)
    except ValueError:
        expected = "Expected NAME=NUMBER, such as seconds=30"
        raise RnnkitError("--limit", f"found {text!r}", expected) from None
