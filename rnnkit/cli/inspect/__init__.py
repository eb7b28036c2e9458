"""`rnnkit inspect`."""

from __future__ import annotations

import click

from rnnkit.cli.inspect.attention import attention
from rnnkit.cli.inspect.data import data
from rnnkit.cli.inspect.embeddings import embeddings
from rnnkit.cli.inspect.explain import explain
from rnnkit.cli.inspect.gates import gates
from rnnkit.cli.inspect.gradients import gradients
from rnnkit.cli.inspect.memory import memory
from rnnkit.cli.inspect.speed import speed
from rnnkit.cli.inspect.summary import summary
from rnnkit.cli.inspect.surprise import surprise
from rnnkit.cli.inspect.trace import trace
from rnnkit.cli.mistyped import Group


@click.group(cls=Group)
def inspect() -> None:
    """Look inside a model: layers, steps, gates, vectors.

    \b
    rnnkit inspect summary fable
    rnnkit inspect surprise --text "had a general council"
    """


VERBS = (
    *(summary, data, speed, trace, surprise, attention, embeddings, explain, gates),
    *(memory, gradients),
)
for verb in VERBS:
    inspect.add_command(verb)
