"""`rnnkit datasets`."""

from __future__ import annotations

from dataclasses import asdict

import click

from rnnkit.cli.mistyped import Group
from rnnkit.cli.options import json_option
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table


@click.group(cls=Group)
def datasets() -> None:
    """List, describe and fetch data sets.

    \b
    rnnkit datasets list
    rnnkit datasets show imdb
    """


@datasets.command(name="list")
@json_option
def list_datasets(as_json: bool) -> None:
    """List the data sets.

    \b
    rnnkit datasets list
    """
    from rnnkit.workflows import datasets as workflow

    known = workflow.list_datasets()
    if as_json:
        print_json([asdict(described) for described in known])
        return
    rows = [[described.name, described.about.split("\n\n")[0]] for described in known]
    print_table(["data set", ""], rows)


@datasets.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Describe a data set and its options.

    \b
    rnnkit datasets show csv
    """
    from rnnkit.workflows import datasets as workflow

    described = workflow.describe(name)
    if as_json:
        print_json(asdict(described))
        return
    for paragraph in f"{described.name}: {described.about}".split("\n\n"):
        say(paragraph)
    say(f"origin: {described.origin}")
    if described.licence:
        say(f"licence: {described.licence}")
    for option, about in described.options.items():
        say(f"  {option}: {about}")


@datasets.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download a data set.

    \b
    rnnkit datasets fetch imdb
    """
    from rnnkit.workflows import datasets as workflow

    say(f"{name}: {workflow.fetch(name)}")


@datasets.command()
@click.option("--clear", is_flag=True, help="Remove it; downloads are kept.")
def cache(clear: bool) -> None:
    """Show or clear what earlier trainings have cached.

    \b
    rnnkit datasets cache
    rnnkit datasets cache --clear
    """
    from rnnkit.workflows import datasets as workflow

    say(workflow.clear_cache() if clear else workflow.describe_cache())
