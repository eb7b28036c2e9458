"""The config of a trial, from the sweep's config and the values of the trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnkit.config.overrides import Override, Placed
from rnnkit.errors import RnnkitError
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.sweep.space import Point, point_text

TYPED = "command line"


@dataclass(frozen=True)
class Recipe:
    """How the config of a trial is made.

    Args:
        tree: The config of all of them: its file, or a mapping.
        overrides: Its own.
        fixed: What every trial has in place of it.
        origins: Where keys of `fixed` and of the trials' points were written, as messages name it.
    """

    tree: Path | Mapping[str, Any]
    overrides: Sequence[Override]
    fixed: Point
    origins: Mapping[str, str]

    def task(self, point: Point) -> Task:
        """The checked config of a trial.

        Raises:
            RnnkitError: If a key or a value is wrong; of what was not written for the sweep, with
                the values that the trial has.
        """
        values = sorted((self.fixed | point).items(), key=lambda item: item[0].count("."))
        # a whole layer before the keys in it, which it would undo
        placed = [Placed(key, value, self.origin(key)) for key, value in values]
        try:
            task = load_task(self.tree, [*self.overrides, *placed])
        except RnnkitError as error:
            written = tuple(f"{self.origin(key)}: " for key, _ in values)
            for mistake in error.errors:
                if not mistake.where.startswith(written):
                    mistake.where = f"sweep: {point_text(point)}: {mistake.where}"
            raise
        return task.model_copy(update={"sweep": None})

    def origin(self, key: str) -> str:
        """Where a key was written for the sweep."""
        return self.origins.get(key, TYPED)
