"""The progress of a training in a notebook: a bar, the time left and the curve, in one place."""

from __future__ import annotations

import html
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from rnnkit.quantities import counted
from rnnkit.training.callbacks import clock

SECONDS_BETWEEN = 0.5
SHOWN_LINES = 12
CURVES = ("loss", "val_loss")

Draw = Callable[[Mapping[str, Sequence[float]]], str]
"""Draws curves, given by name, as SVG."""


def notebook_display() -> Callable[[str], None] | None:
    """A function that shows HTML below a notebook's cell, replacing what it showed before; None
    outside a notebook.
    """
    notebook = sys.modules.get("IPython")  # always imported inside a notebook
    shell = getattr(notebook, "get_ipython", lambda: None)()
    if not hasattr(shell, "kernel"):
        return None
    from IPython.display import HTML, display

    handle = display(HTML(""), display_id=True)
    return lambda content: handle.update(HTML(content))


class LiveCurve(keras.callbacks.Callback):
    """A bar over all steps, the loss curve so far, and the last lines of the log.

    Args:
        show: Shows HTML, replacing what it showed before.
        draw: Draws the curve.
        steps_done: Steps that a resumed training has behind it.
        total_steps: Steps in all.
    """

    takes_logs_late = True

    def __init__(self, show: Callable[[str], None], draw: Draw, steps_done: int, total_steps: int):
        super().__init__()
        self._show, self._draw = show, draw
        self._step, self._total = steps_done, total_steps
        self._before = steps_done
        self._lines: deque[str] = deque(maxlen=SHOWN_LINES)
        self._curves: dict[str, list[float]] = {}
        self._started = self._shown_at = time.monotonic()

    def on_train_begin(self, logs: Any = None) -> None:
        self._started = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._step += 1
        if time.monotonic() - self._shown_at >= SECONDS_BETWEEN:
            self._update()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for name in CURVES:
            if name in (logs or {}):
                self._curves.setdefault(name, []).append(float((logs or {})[name]))
        if time.monotonic() - self._shown_at >= SECONDS_BETWEEN:
            self._update()

    def on_train_end(self, logs: Any = None) -> None:
        self._update()

    def print(self, line: str) -> None:
        """Adds a line below the curve."""
        self._lines.append(line)

    def _update(self) -> None:
        self._shown_at = time.monotonic()
        done = self._step - self._before
        left = ""
        if done and self._step < self._total:
            seconds = (self._shown_at - self._started) / done * (self._total - self._step)
            left = f", {clock(seconds)} left"
        bar = f'<progress value="{self._step}" max="{self._total}"></progress>'
        lines = html.escape("\n".join(self._lines))
        curve = self._draw(self._curves)
        self._show(
            f"<div>{bar} {self._step:,} of {counted(self._total, 'step')}{left}</div>"
            f"<div>{curve}</div><pre>{lines}</pre>"
        )
