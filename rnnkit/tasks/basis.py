"""What a validation score depends on besides the model."""

from __future__ import annotations

from collections.abc import Collection, Sequence

HELD_OUT, SETTINGS, LOSS = "the held-out data", "the task's settings", "the loss"
"""Names in the basis of several tasks."""


class Scored:
    """Whatever is scored on held-out data."""

    def basis(self, metric: str) -> dict[str, object]:
        """What a validation score depends on besides the model, by its name in messages: two
        trainings are comparable by the score if all of this is equal.

        Args:
            metric: One of `Task.monitored`.
        """
        return {HELD_OUT: getattr(self, "data", None), SETTINGS: getattr(self, "task", None)}

    def beside_training(self) -> Collection[str]:
        """Keys that change what scores stand beside, and nothing in a training."""
        return ()


def changed_basis(tasks: Sequence[Scored], metric: str) -> list[str]:
    """The names of those parts of a score's basis that differ between tasks.

    Args:
        tasks: At least one task.
        metric: The score.
    """
    first, *others = (task.basis(metric) for task in tasks)
    names = dict.fromkeys(name for basis in (first, *others) for name in basis)
    return [name for name in names if any(first.get(name) != basis.get(name) for basis in others)]
