"""What a notebook shows of a training."""

from __future__ import annotations

import sys
import types

import pytest

from rnnkit.report.curves import svg_curves
from rnnkit.training.notebook import LiveCurve, notebook_display


def test_live_curve_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = list[str]()
    live = LiveCurve(shown.append, svg_curves, 0, 4)
    monkeypatch.setattr("rnnkit.training.notebook.SECONDS_BETWEEN", 0.0)
    live.on_train_begin()
    live.print("a <line>")
    for epoch, loss in enumerate((2.0, 1.0)):
        live.on_train_batch_end(0)
        live.on_train_batch_end(1)
        live.on_epoch_end(epoch, {"loss": loss, "val_loss": loss + 1})
    live.on_train_end()
    assert "1 of 4 steps, " in shown[0]
    assert "left" in shown[0]
    assert 'value="4" max="4"' in shown[-1]
    assert shown[-1].count("<polyline") == 2
    assert "a &lt;line&gt;" in shown[-1]


def test_notebook_display_is_of_a_notebook_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal's IPython has no kernel."""
    assert notebook_display() is None
    terminal = types.ModuleType("IPython")
    terminal.get_ipython = lambda: object()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", terminal)
    assert notebook_display() is None
