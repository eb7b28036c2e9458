"""`rnnkit config`."""

from __future__ import annotations

import json

import click

from rnnkit.cli.mistyped import Group
from rnnkit.cli.name_completion import config_names
from rnnkit.cli.options import code_option, json_option
from rnnkit.cli.output import print_json, print_text, say
from rnnkit.cli.tables import print_table


@click.group(cls=Group)
def config() -> None:
    """Print, create and compare configs.

    \b
    rnnkit config new classification > my.yaml
    rnnkit config show fable train.epochs=3
    """


@config.command()
@code_option
@click.argument("config", shell_complete=config_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@json_option
def show(config: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Print the resolved CONFIG: every key, with defaults and overrides.

    \b
    rnnkit config show fable train.epochs=3
    """
    from rnnkit.config import dump_config, resolved_config
    from rnnkit.workflows.check import check

    _, task = check(config, overrides)
    if as_json:
        print_json(resolved_config(task))
        return
    print_text(dump_config(task), nl=False)


@config.command(name="list")
@json_option
def list_configs(as_json: bool) -> None:
    """List the shipped configs, each with its first line.

    \b
    rnnkit config list
    """
    from rnnkit.config import shipped_configs

    rows = [
        [name, path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")]
        for name, path in shipped_configs().items()
    ]
    if as_json:
        print_json([{"name": name, "about": about} for name, about in rows])
        return
    print_table(["config", ""], rows)


@config.command()
@code_option
@click.argument("task", required=False)
def new(task: str | None) -> None:
    """Print a commented config for TASK that trains unchanged; without TASK, list the tasks and the
    components of --code.

    \b
    rnnkit config new language_model > my.yaml
    rnnkit config new --code my_layers.py
    """
    from rnnkit.workflows.code import user_components
    from rnnkit.workflows.configs import STARTERS, starter

    if task is not None:
        print_text(starter(task), nl=False)
        return
    rows = [["task", name, ""] for name in STARTERS]
    rows += [[spec.kind, f'"{spec.name}"', spec.about] for spec in user_components()]
    print_table(["kind", "name", ""], rows)


@config.command()
def schema() -> None:
    """Print the JSON Schema of configs, for editors that check and complete YAML.

    \b
    rnnkit config schema > rnnkit.schema.json
    """
    from rnnkit.config.schema import json_schema

    print_json(json_schema())


@config.command()
@code_option
@click.argument("first")
@click.argument("second")
@json_option
def diff(first: str, second: str, as_json: bool) -> None:
    """Print the keys in which two configs (or runs) differ, defaults included.

    \b
    rnnkit config diff fable fable_lstm1
    """
    from rnnkit.workflows.configs import difference

    differing = difference(first, second)
    if as_json:
        print_json([dict(zip(("key", "first", "second"), row, strict=True)) for row in differing])
        return
    rows = [
        [path, *("" if value is None else json.dumps(value) for value in values)]
        for path, *values in differing
    ]
    if rows:
        print_table(["key", first, second], rows)
    else:
        say("no difference")
