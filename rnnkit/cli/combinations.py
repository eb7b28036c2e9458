"""Options that mean something only together with another one: without it they are refused."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from rnnkit.cli.options import Command


def goes_with(option: str, *others: str) -> Callable[[Command], Command]:
    """Refuses an option without at least one of the others.

    Args:
        option: Such as "--overwrite".
        others: Such as "--output"; "-", which names no file, does not count.
    """

    def checked(command: Command) -> Command:
        @functools.wraps(command)
        def call(*arguments: Any, **options: Any) -> Any:
            if _is_given(option) and not any(map(_names_something, others)):
                raise click.UsageError(f"{option} goes with {' or '.join(others)} only.")
            return command(*arguments, **options)

        return call  # type: ignore[return-value]

    return checked


def excludes(option: str, other: str, why: str) -> Callable[[Command], Command]:
    """Refuses two options together where one of them would do nothing."""

    def checked(command: Command) -> Command:
        @functools.wraps(command)
        def call(*arguments: Any, **options: Any) -> Any:
            if _is_given(option) and _is_given(other):
                raise click.UsageError(f"Expected one of {option} and {other}: {why}.")
            return command(*arguments, **options)

        return call  # type: ignore[return-value]

    return checked


def _is_given(option: str) -> bool:
    context = click.get_current_context()
    return any(
        context.get_parameter_source(parameter.name or "") == ParameterSource.COMMANDLINE
        for parameter in context.command.params
        if option in parameter.opts
    )


def _names_something(option: str) -> bool:
    context = click.get_current_context()
    named = [parameter.name for parameter in context.command.params if option in parameter.opts]
    return _is_given(option) and context.params.get(named[0] or "") != "-"
