"""`rnnkit train` with several processes: its options, and the role of this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import Command, code_arguments
from rnnkit.platform.shell import quote
from rnnkit.ranks.place import USUAL_WAIT, Place

if TYPE_CHECKING:
    from rnnkit.workflows.processes.training_call import TrainingCall
    from rnnkit.workflows.train import Training

NAMES = (
    "num_processes",
    "process_id",
    "coordinator",
    "start_timeout",
    "launcher",
    "member",
    "again",
)


def process_options(command: Command) -> Command:
    """Adds --num-processes and the options that depend on it."""
    options = [
        click.option(
            "--num-processes",
            type=Whole(min=1, max=4096),
            metavar="N",
            help="Train by N processes together, on JAX; alone it starts them on this machine.",
        ),
        click.option(
            "--process-id",
            type=Whole(min=0, max=4095),
            metavar="I",
            help="This is process I of N, from 0; process 0 writes the run.",
        ),
        click.option(
            "--coordinator",
            metavar="HOST:PORT",
            help="Where process 0 listens. Default: a free port of this machine alone.",
        ),
        click.option(
            "--start-timeout",
            type=Whole(min=1, max=86_400),
            default=USUAL_WAIT,
            show_default=True,
            metavar="SECONDS",
            help="How long processes wait for each other at the start.",
        ),
        click.option(
            "--launcher",
            type=click.Choice(["local", "ray"]),
            default="local",
            show_default=True,
            help="Who starts the N processes: this machine, or a Ray cluster (`rnnkit[ray]`).",
        ),
        click.option("--member", hidden=True, type=click.Path(path_type=Path)),
        click.option("--again", hidden=True),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def take_process_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options of `process_options`, take_process_options out of those of a command."""
    return {name: options.pop(name) for name in NAMES}


def require_alone() -> None:
    """Refuses the other options without --num-processes.

    Raises:
        UsageError: If there is one.
    """
    context = click.get_current_context()
    for name in NAMES:
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option} goes with --num-processes only.")


def train_together(asked: TrainingCall, options: dict[str, Any], words: Sequence[str]) -> Training:
    """Trains with several processes; returns in the first of them alone.

    Args:
        asked: The training to do.
        options: The options of `process_options`.
        words: The command line without `rnnkit`.

    Raises:
        SystemExit: In the other processes, and in the one that started them, with the exit code.
        RnnkitError: If an option is wrong, or a process failed.
    """
    from rnnkit.workflows.processes.places import places_of

    number, rank, wait = (options[k] for k in ("num_processes", "process_id", "start_timeout"))
    if options["member"]:
        from rnnkit.workflows.processes.member import take_part

        place = Place(number, rank, options["coordinator"], wait)
        training = take_part(asked, place, options["member"])
        if isinstance(training, int):
            raise SystemExit(training)
        return training
    from rnnkit.workflows.processes.launch import launch

    asked.require_possible(number)
    again = options_again(options)
    if options["launcher"] == "ray":
        from rnnkit.workflows.processes.on_ray import launch_on_ray

        _refuse_place(options)
        gpu = asked.device == "gpu"
        raise SystemExit(launch_on_ray(number, words, wait=wait, gpu=gpu, again=again))
    from rnnkit.workflows.processes.capacity import require_capacity

    places = places_of(number, rank, options["coordinator"], wait)
    require_capacity(len(places))
    raise SystemExit(launch(places, words, again))


def _refuse_place(options: dict[str, Any]) -> None:
    for name in ("process_id", "coordinator"):
        if options[name] is not None:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option} does not go with --launcher ray, which chooses it.")


AGAIN = ("backend", "device", "num_processes", "launcher", "process_id", "coordinator")


def options_again(options: dict[str, Any]) -> str:
    """The options of this call that a resumed training needs too; in one of several processes, the
    options of the process that started it.
    """
    if options["again"]:
        return str(options["again"])
    context = click.get_current_context()
    words = [
        f"--{name.replace('_', '-')} {quote(str(context.params[name]))}"
        for name in AGAIN
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE
    ]
    return " ".join(words) + code_arguments()
