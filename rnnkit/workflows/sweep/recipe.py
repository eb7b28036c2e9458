"""Makes the config of a trial from the sweep's config and the trial's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnkit.config.overrides import Override, Placed
from rnnkit.errors import RnnkitError
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.sweep.space import Point, point_text

COMMAND_LINE = "command line"


@dataclass(frozen=True)
class Recipe:
    """Makes the configs of trials.

    Args:
        tree: The config that all trials start from: a file or a mapping.
        overrides: Overrides of this config.
        fixed: Values that all trials share, by key.
        origins: Where keys of `fixed` and of the trials' points were written, as messages name it;
            other keys are from the command line.
    """

    tree: Path | Mapping[str, Any]
    overrides: Sequence[Override]
    fixed: Point
    origins: Mapping[str, str]

    def task(self, point: Point) -> Task:
        """The checked config of a trial.

        Raises:
            RnnkitError: If a key or a value is wrong; a mistake elsewhere in the config has the
                values of the trial in its place.
        """
        # a whole layer before the keys in it, which it would overwrite
        values = sorted((self.fixed | point).items(), key=lambda item: item[0].count("."))
        placed = [Placed(key, value, self.origin(key)) for key, value in values]
        try:
            task = load_task(self.tree, [*self.overrides, *placed])
        except RnnkitError as error:
            origins = tuple(f"{self.origin(key)}: " for key, _ in values)
            for mistake in error.errors:
                if not mistake.where.startswith(origins):
                    mistake.where = f"sweep: {point_text(point)}: {mistake.where}"
            raise
        return task.model_copy(update={"sweep": None})

    def origin(self, key: str) -> str:
        """Where the values of a key were written, as messages name it."""
        return self.origins.get(key, COMMAND_LINE)
