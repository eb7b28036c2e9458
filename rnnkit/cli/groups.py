"""The verbs in groups, as `rnnkit --help` shows them."""

from __future__ import annotations

import click

GROUPS = {
    "Train": ("train", "sweep", "check", "config"),
    "Ask a run": ("generate", "predict", "forecast", "anomalies"),
    "Look into a run": ("evaluate", "compare", "report", "inspect", "bench"),
    "Ship it": ("export", "serve", "push", "pull"),
    "Manage": ("runs", "datasets", "doctor", "completion"),
}


def write_groups(
    group: click.Group, context: click.Context, formatter: click.HelpFormatter
) -> None:
    """Writes a section for each group of commands.

    Args:
        group: Whose commands they are.
        context: The context of the help.
        formatter: Where they are written.
    """
    limit = formatter.width - 6 - max(map(len, group.commands))
    for title, names in GROUPS.items():
        with formatter.section(title):
            formatter.write_dl(
                [(name, group.commands[name].get_short_help_str(limit)) for name in names]
            )
