"""The names that the Tab key completes: shipped configs, runs, files."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem


def config_names(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Shipped configs and runs that begin as is typed; files where none does."""
    from rnnkit.config import shipped_configs
    from rnnkit.names import list_runs

    return _beginning(typed, [*shipped_configs(), *(run.path.name for run in list_runs())])


def run_names(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Runs that begin as is typed; files where none does."""
    from rnnkit.names import list_runs

    return _beginning(typed, (run.path.name for run in list_runs()))


def _beginning(typed: str, names: Iterable[str]) -> list[CompletionItem]:
    items = [CompletionItem(name) for name in dict.fromkeys(names) if name.startswith(typed)]
    return items or [CompletionItem(typed, type="file")]  # a shell completes one or the other
