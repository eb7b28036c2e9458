"""What a config leaves to be said before it is trained."""

from __future__ import annotations

from rnnkit.config.unused import Unused, unused_keys
from rnnkit.progress import log
from rnnkit.tasks.task import Task


def remark_on_unused(task: Task) -> list[Unused]:
    """Says of each key of a config that does nothing that it does nothing, and what to do."""
    unused = unused_keys(task)
    for one in unused:
        log.warning(str(one))
    return unused
