"""Warns of config keys that have no effect."""

from __future__ import annotations

from rnnkit.config.unused import Unused, unused_keys
from rnnkit.progress import log
from rnnkit.tasks.task import Task


def remark_on_unused(task: Task) -> list[Unused]:
    """Warns of the keys of a config that have no effect, and returns them."""
    unused = unused_keys(task)
    for key in unused:
        log.warning(str(key))
    return unused
