"""A check of the compiled kernels against the equations in NumPy; exits with 0 if they agree:
`python -m rnnkit.workflows.kernel_trial`.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from rnnkit import kernels
from rnnkit.cells import RecurrentSpec
from rnnkit.engine.recurrent import Weights, run
from rnnkit.registry import lookup

BATCH, STEPS, FEATURES, UNITS = 3, 7, 5, 19
OUTPUT_TOLERANCE, GRADIENT_TOLERANCE = 1e-5, 5e-2
"""The largest relative deviations of outputs and of the directional derivative, which is less
exact because the minimal cells have a kink.
"""
DIFFERENCE_STEP, TIMEOUT_SECONDS = 1e-3, 60


def why_wrong() -> str:
    """What is wrong with the kernels, or "". They run in a separate process, because damaged code
    would end this one.
    """
    command = [sys.executable, "-m", "rnnkit.workflows.kernel_trial"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"a small layer takes more than {TIMEOUT_SECONDS} s"
    if done.returncode < 0:
        return f"a process that calls it crashes (signal {-done.returncode})"
    lines = (done.stdout or done.stderr).strip().splitlines()
    return (lines[-1] if lines else f"exit code {done.returncode}") if done.returncode else ""


def try_cell(name: str) -> None:
    """Compares a cell's outputs with the equations in NumPy, and the gradient of their sum with the
    finite difference along a random direction of the inputs.

    Raises:
        ValueError: If they deviate by more than the tolerance.
    """
    generator = np.random.default_rng(0)
    spec = lookup("layer", name)(units=UNITS)
    shapes = spec.cell.shapes(FEATURES, UNITS)
    weights = {
        key: generator.normal(0, 0.5, shape).astype(np.float32) for key, shape in shapes.items()
    }
    inputs, direction = generator.normal(size=(2, BATCH, STEPS, FEATURES)).astype(np.float32)
    passes = [kernels.Pass(name, inputs, list(weights.values()))]
    answers = kernels.forward(passes, save=True)
    expected = _outputs(inputs, weights, spec)
    assert answers[0].outputs is not None
    _require_close(f"outputs of {name}", answers[0].outputs, expected, OUTPUT_TOLERANCE)
    (gradients,) = kernels.backward(passes, answers, [np.ones_like(expected)])
    assert gradients.inputs is not None
    after, before = (
        _outputs(inputs + step * direction, weights, spec).sum()
        for step in (DIFFERENCE_STEP, -DIFFERENCE_STEP)
    )
    slope = float((gradients.inputs * direction).sum())
    _require_close(
        f"gradient of {name}", slope, (after - before) / (2 * DIFFERENCE_STEP), GRADIENT_TOLERANCE
    )


def _outputs(inputs: np.ndarray, weights: Weights, spec: RecurrentSpec) -> np.ndarray:
    zeros = (np.zeros((BATCH, UNITS), np.float32),) * spec.cell.states
    return run(inputs, zeros, weights, spec)[0]


def _require_close(
    name: str, computed: np.ndarray | float, expected: np.ndarray | float, tolerance: float
) -> None:
    deviation = float(np.max(np.abs(np.asarray(computed) - expected)) / np.max(np.abs(expected)))
    if not deviation <= tolerance:
        raise ValueError(
            f"{name}: {deviation:.1e} off the equation, expected at most {tolerance:g}"
        )


if __name__ == "__main__":
    try:
        for cell in kernels.CELLS:
            try_cell(cell)
    except ValueError as error:
        sys.exit(str(error))
