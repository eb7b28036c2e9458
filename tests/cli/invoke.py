"""Calls of the command line inside this process: as fast as a function call."""

from __future__ import annotations

import re
import shlex
import sys

import click
from click.testing import CliRunner, Result

from rnnkit.cli import main
from rnnkit.registry import USER_MODULES


def invoke(
    *arguments: object, stdin: str | bytes | None = None, env: dict[str, str] | None = None
) -> Result:
    """`rnnkit ARGUMENTS`; an error that the command line does not explain itself is raised here."""
    result = CliRunner().invoke(
        main, [str(argument) for argument in arguments], input=stdin, env=env, prog_name="rnnkit"
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def done(*arguments: object, stdin: str | bytes | None = None) -> Result:
    """A call that must succeed."""
    result = invoke(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.stderr
    return result


def parsed(call: str) -> click.Context:
    """What a call as it is typed means; what click refuses is raised here."""
    _, *words = shlex.split(re.split(r" +[>|#] ", call)[0])
    command: click.Command = main
    context = click.Context(main, info_name="rnnkit", **main.context_settings)
    modules = set(sys.modules)
    while isinstance(command, click.Group) and words:
        name = words.pop(0)
        command = command.commands[name]
        if not isinstance(command, click.Group):
            context = command.make_context(name, words, parent=context)
    for name in set(sys.modules) - modules:  # what --code brought in
        if name in USER_MODULES:
            USER_MODULES.remove(name)
            del sys.modules[name]
    return context
