"""`rnnkit push` and `rnnkit pull`."""

from __future__ import annotations

import click

from rnnkit.cli.options import code_option
from rnnkit.cli.output import say

HUB_HELP = (
    "The token is that of HF_TOKEN or of the hub's own login; HF_ENDPOINT names another hub. Needs"
    " rnnkit[hub]."
)


@click.command(epilog=HUB_HELP)
@click.argument("words", nargs=-1, metavar="[RUN] hf://USER/NAME")
@click.option("--private", is_flag=True, help="Make a new repository private.")
@code_option
def push(words: tuple[str, ...], private: bool) -> None:
    """Put a run on the Hugging Face hub, with a card.

    What answers is pushed: config, weights, tokenizers, labels, scores, model.keras and README.md,
    which `rnnkit export RUN card` writes where the run has none of its own. Checkpoints, logs and
    what is known of your machine are not.

    \b
    rnnkit push fable hf://anna/fable
    rnnkit push runs/fable hf://anna/fable --private
    """
    if len(words) not in (1, 2):
        raise click.UsageError("Expected [RUN] hf://USER/NAME.")
    from rnnkit.workflows.hub import push as workflow

    say(workflow(words[0] if len(words) == 2 else None, words[-1], private=private))


@click.command(epilog=HUB_HELP)
@click.argument("repository", metavar="hf://USER/NAME")
@click.option("--name", metavar="NAME", help="The new run's name. Default: the repository's.")
@code_option
def pull(repository: str, name: str | None) -> None:
    """Get a run from the Hugging Face hub.

    It becomes a new run folder, checked as every run is; no code of it is executed.

    \b
    rnnkit pull hf://anna/fable
    rnnkit pull hf://anna/fable --name annas_fable
    """
    from rnnkit.workflows.hub import pull as workflow

    say(str(workflow(repository, name)))
