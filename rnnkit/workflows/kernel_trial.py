"""The compiled kernels tried here: `python -m rnnkit.workflows.kernel_trial` ends with 0 where they
compute what the equations say.
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
OF_OUTPUTS, OF_SLOPES = 1e-5, 5e-2
"""The largest deviations: of outputs, and of a slope, where the minimal cells have a kink."""
STEP, SECONDS = 1e-3, 60


def why_wrong() -> str:
    """What is wrong with the kernels, tried in a process of their own, since code that is damaged
    ends it; "" where nothing is.
    """
    command = [sys.executable, "-m", "rnnkit.workflows.kernel_trial"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"a small layer takes more than {SECONDS} s"
    if done.returncode < 0:
        return f"a process that calls it crashes (signal {-done.returncode})"
    said = (done.stdout or done.stderr).strip().splitlines()
    return (said[-1] if said else f"exit code {done.returncode}") if done.returncode else ""


def try_cell(name: str) -> None:
    """Outputs beside the equation in NumPy, and the gradient of their sum beside its slope along a
    random direction of the inputs.

    Raises:
        ValueError: If they are not the same.
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
    _require_close(f"outputs of {name}", answers[0].outputs, expected, OF_OUTPUTS)
    (gradients,) = kernels.backward(passes, answers, [np.ones_like(expected)])
    assert gradients.inputs is not None
    after, before = (_outputs(inputs + by * direction, weights, spec).sum() for by in (STEP, -STEP))
    slope = float((gradients.inputs * direction).sum())
    _require_close(f"gradient of {name}", slope, (after - before) / (2 * STEP), OF_SLOPES)


def _outputs(inputs: np.ndarray, weights: Weights, spec: RecurrentSpec) -> np.ndarray:
    zeros = (np.zeros((BATCH, UNITS), np.float32),) * spec.cell.states
    return run(inputs, zeros, weights, spec)[0]


def _require_close(
    what: str, found: np.ndarray | float, expected: np.ndarray | float, most: float
) -> None:
    deviation = float(np.max(np.abs(np.asarray(found) - expected)) / np.max(np.abs(expected)))
    if not deviation <= most:
        raise ValueError(f"{what}: {deviation:.1e} off the equation, expected at most {most:g}")


if __name__ == "__main__":
    try:
        for cell in kernels.CELLS:
            try_cell(cell)
    except ValueError as error:
        sys.exit(str(error))
