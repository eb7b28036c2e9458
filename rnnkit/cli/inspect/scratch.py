"""The part of `rnnkit inspect trace` that works one step of training on a blackboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnkit.cli.inspect.arrays import numbers, print_rows, shape_text
from rnnkit.cli.output import say

if TYPE_CHECKING:
    import numpy as np

    from rnnkit.workflows.inspect.scratch import Scratch, ScratchStep


def print_scratch(worked: Scratch) -> None:
    """Weights, the steps forwards, the loss, the steps backwards, and the new weights."""
    say("h_t = tanh(x_t W + h_t-1 U + b)   y_t = softmax(h_t V + c)   L = mean of -log y_t[target]")
    say("one-hot: " + ", ".join(f"{i} {token}" for i, token in enumerate(worked.vocabulary)))
    for name, array in worked.weights.items():
        _print_matrix(name, array)
    say()
    say("forward")
    for number, step in enumerate(worked.steps, 1):
        _print_forward(number, step)
    losses = " + ".join(f"{step.loss:.4f}" for step in worked.steps)
    say(f"L = ({losses}) / {len(worked.steps)} = {worked.loss:.4f}")
    say()
    say("backward, through time")
    for number, step in reversed(list(enumerate(worked.steps, 1))):
        _print_backward(number, step, is_last=number == len(worked.steps))
    say()
    say(f"update: new = old - {worked.learning_rate} x gradient")
    for name, array in worked.weights.items():
        _print_matrix(f"dL/d{name}", worked.gradients[name])
        _print_matrix(f"new {name}", worked.new[name])
        assert array.shape == worked.new[name].shape
    say(f"L = {worked.loss:.4f} before the update, {worked.loss_after:.4f} after it")


def _print_matrix(name: str, array: np.ndarray) -> None:
    rows = array.reshape(-1, array.shape[-1])
    head = f"{name} ({shape_text(array.shape)})"
    print_rows(
        [(head if i == 0 else "", numbers(row, range(len(row)))) for i, row in enumerate(rows)]
    )


def _print_forward(number: int, step: ScratchStep) -> None:
    say(f"  step {number}  {step.token!r}, target {step.target!r}")
    rows = [("    x", _all(step.x))]
    for row in step.rows:
        rows.append((f"    {row.name}", _all(row.values)))
        rows += [
            (f"      [{unit}] = {text} = {row.values[unit]:.4f}", "")
            for unit, text in enumerate(row.numbers)
            if row.name == "h"
        ]
    rows += [
        ("    h V + c", _all(step.logits)),
        ("    y", _all(step.probabilities)),
        (f"    -log y[{step.target}]", f"{step.loss:8.4f}"),
    ]
    print_rows(rows)


def _print_backward(number: int, step: ScratchStep, *, is_last: bool) -> None:
    say(f"  step {number}  {step.token!r}")
    from_later = "" if is_last else " + dL/da_t+1 U^T"
    print_rows(
        [
            ("    dL/d(h V + c) = (y - target) / steps", _all(step.d_logits)),
            (f"    dL/dh = dL/d(h V + c) V^T{from_later}", _all(step.d_h)),
            ("    dL/da = dL/dh (1 - h^2)", _all(step.d_a)),
        ]
    )


def _all(values: np.ndarray) -> str:
    return numbers(values, range(len(values)))
