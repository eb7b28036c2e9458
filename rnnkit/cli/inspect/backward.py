"""The backward pass that `rnnkit inspect trace --backward` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnkit.cli.inspect.arrays import numbers, print_rows, shape_text
from rnnkit.cli.output import say
from rnnkit.cli.tables import print_table

if TYPE_CHECKING:
    import numpy as np

    from rnnkit.workflows.inspect.backward import Backward, BackwardDirection


def print_backward(backward: Backward, units: range) -> None:
    """Prints the gradients from the loss back to the first step, then those of the weights."""
    say()
    say(f"backward: L = {backward.loss:.4f}, {backward.of}")
    for direction in backward.directions:
        _print_direction(direction, units)
    say()
    print_table(
        ["weight", "shape", "norm of dL/dW", "largest", f"dL/dW, units {_span(units)}"],
        [
            [
                weight.name,
                shape_text(weight.shape),
                f"{weight.norm:.6f}",
                f"{weight.largest:.6f}",
                _values(weight.values, units),
            ]
            for weight in backward.weights
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


def _values(values: np.ndarray, units: range) -> str:
    """The values of some units; of a matrix, in the first row that the loss depends on."""
    rows = values.reshape(-1, values.shape[-1])
    row = int(rows.any(axis=1).argmax())
    shown = " ".join(f"{value:.4f}" for value in rows[row, units.start : units.stop])
    return f"row {row}: {shown}" if len(rows) > 1 else shown


def _span(units: range) -> str:
    return f"{units.start}:{units.stop}"
