"""The part of `rnnkit inspect trace` that goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnkit.cli.inspect.numbers import numbers, print_rows, shape_text
from rnnkit.cli.output import say
from rnnkit.cli.tables import print_table

if TYPE_CHECKING:
    import numpy as np

    from rnnkit.workflows.inspect.backward import Backward, BackwardDirection


def print_backward(backward: Backward, units: range) -> None:
    """From the loss back to the first step, then each weight's gradient."""
    say()
    say(f"backward: L = {backward.loss:.4f}, {backward.of}")
    for direction in backward.directions:
        _print_direction(direction, units)
    say()
    print_table(
        ["weight", "shape", "norm of dL/dW", "largest", f"dL/dW, units {_span(units)}"],
        [
            [
                one.name,
                shape_text(one.shape),
                f"{one.norm:.6f}",
                f"{one.largest:.6f}",
                _shown(one.values, units),
            ]
            for one in backward.weights
        ],
    )


def _print_direction(direction: BackwardDirection, units: range) -> None:
    say(f"{direction.layer}{', ' + direction.name if direction.name else ''}")
    steps = list(zip(direction.tokens, direction.steps, strict=True))
    for back, (token, values) in enumerate(reversed(steps)):
        number = direction.first + len(steps) - back
        say(f"  step {number}" + (f"  {token!r}" if token != f"step {number}" else ""))
        print_rows(
            [
                (
                    f"    dL/d{name}" if name.isidentifier() else f"    dL/d({name})",
                    f"{numbers(array, units)}  norm {_norm(array):.6f}",
                )
                for name, array in values.items()
            ]
        )


def _norm(array: np.ndarray) -> float:
    return float((array * array).sum()) ** 0.5


def _shown(values: np.ndarray, units: range) -> str:
    """Of a matrix the first row that the loss depends on."""
    rows = values.reshape(-1, values.shape[-1])
    row = int(rows.any(axis=1).argmax())
    shown = " ".join(f"{value:.4f}" for value in rows[row, units.start : units.stop])
    return f"row {row}: {shown}" if len(rows) > 1 else shown


def _span(units: range) -> str:
    return f"{units.start}:{units.stop}"
