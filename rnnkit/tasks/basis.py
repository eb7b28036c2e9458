"""What a score of validation depends on besides the model."""

from __future__ import annotations

from collections.abc import Sequence

HELD_OUT, SETTINGS, LOSS = "the held-out data", "the task's settings", "the loss"
"""Names that several tasks have in their basis."""


class Scored:
    """What is scored on held-out data."""

    def basis(self, metric: str) -> dict[str, object]:
        """What a score of validation depends on besides the model, by its name in messages: where
        all of this is equal, the score compares two trainings.

        Args:
            metric: One of `Task.monitored`.
        """
        return {HELD_OUT: getattr(self, "data", None), SETTINGS: getattr(self, "task", None)}


def changed_basis(tasks: Sequence[Scored], metric: str) -> list[str]:
    """The names of what a score depends on, where it is not the same for all of these.

    Args:
        tasks: At least one.
        metric: The score.
    """
    first, *others = (task.basis(metric) for task in tasks)
    names = dict.fromkeys(name for basis in (first, *others) for name in basis)
    return [name for name in names if any(first.get(name) != basis.get(name) for basis in others)]
