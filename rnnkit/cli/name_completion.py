"""Completion by the Tab key: names of shipped configs, runs and files."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem


def config_names(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Shipped configs and runs with a prefix; files if there are none."""
    from rnnkit.config import shipped_configs
    from rnnkit.names import list_runs

    return _matches(typed, [*shipped_configs(), *(run.path.name for run in list_runs())])


def run_names(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Runs with a prefix; files if there are none."""
    from rnnkit.names import list_runs

    return _matches(typed, (run.path.name for run in list_runs()))


def _matches(typed: str, names: Iterable[str]) -> list[CompletionItem]:
    items = [CompletionItem(name) for name in dict.fromkeys(names) if name.startswith(typed)]
    return items or [CompletionItem(typed, type="file")]  # a shell completes one or the other
