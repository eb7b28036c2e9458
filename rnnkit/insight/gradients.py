"""How far back a gradient reaches: its norm by the distance from the loss, and the spectral radius
of the recurrent Jacobian (Bengio et al. 1994; Pascanu et al. 2013).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rnnkit.cells import RecurrentSpec
from rnnkit.engine.adjoints import differentiate
from rnnkit.engine.terms import Term, Terms
from rnnkit.quantities import counted, percent

Array = np.ndarray
Kind = Literal["vanishes", "explodes", "holds"]

LITTLE = 0.01  # share of the gradient below which it has vanished
MUCH = 10.0  # times the gradient above which it explodes
DOUBLINGS = 10  # of the power of a Jacobian
LEAST = 1e-30  # norms below it count as 0


@dataclass(frozen=True)
class Flow:
    """The gradient of one direction of a recurrent layer.

    Args:
        layer: The layer's name.
        direction: "", "forward" or "backward".
        norms: The mean norm of dL/dh_t over rows, by the distance in steps from the loss.
        radius: The mean spectral radius of the recurrent Jacobian over some steps.
    """

    layer: str
    direction: str
    norms: Array
    radius: float

    @property
    def name(self) -> str:
        """The layer with its direction."""
        return f"{self.layer} {self.direction}".rstrip()

    @property
    def steps(self) -> int:
        """The largest distance."""
        return len(self.norms) - 1

    @property
    def left(self) -> Array:
        """The norm at each distance, relative to that at the loss."""
        return self.norms / max(float(self.norms[0]), LEAST)

    @property
    def rate(self) -> float:
        """The factor per step: the geometric mean over all distances with a gradient."""
        norms = self.norms[: _last_above(self.norms, LEAST) + 1]
        if len(norms) < 2:
            return 1.0
        return float((norms[-1] / max(norms[0], LEAST)) ** (1 / (len(norms) - 1)))

    @property
    def reach(self) -> int | None:
        """The distance from which on less than a hundredth is left; None if more is left at all."""
        last = _last_above(self.left, LITTLE)
        return last + 1 if last < self.steps else None

    @property
    def kind(self) -> Kind:
        """Whether the gradient vanishes, explodes, or neither."""
        if float(self.left.max()) > MUCH:
            return "explodes"
        return "holds" if self.reach is None else "vanishes"

    @property
    def verdict(self) -> str:
        """The kind in words, with numbers."""
        if self.kind == "explodes":
            peak = int(self.left.argmax())
            factor = float(self.left[peak]) ** (1 / max(1, peak))
            return f"explodes: grows {factor:.2g} x a step, for {counted(peak, 'step')}"
        if self.reach is not None:
            gone = counted(self.reach, "step")
            return f"vanishes: after {gone} under {percent(LITTLE)} is left"
        if self.steps == 0:
            return "has a single step, and none before it to reach"
        last = float(self.left[-1])
        share = f"{percent(last)} is left" if last <= 1 else f"it is {last:.2g} times as large"
        return f"reaches back {counted(self.steps, 'step')}, where {share}"


def _last_above(values: Array, bound: float) -> int:
    above = np.flatnonzero(values > bound)
    return int(above[-1]) if len(above) else 0


def norms_by_distance(gradients: Array, ends: Array, most: int) -> tuple[Array, Array]:
    """The sums of the norms of dL/dh_t over rows, by the distance from the last step of the row.

    Args:
        gradients: (batch, timesteps, units), in the order of reading.
        ends: The last step of each row, (batch,); -1 for a row that is left out.
        most: The number of distances.

    Returns:
        The sums, (most,), and the numbers of rows with a step at each distance, (most,).
    """
    norms = np.sqrt(np.square(gradients.astype(np.float64)).sum(axis=-1))
    sums, counts = np.zeros(most), np.zeros(most, np.int64)
    for row, end in zip(norms, ends, strict=True):
        back = row[: end + 1][::-1][:most]
        sums[: len(back)] += back
        counts[: len(back)] += 1
    return sums, counts


def spectral_radius(
    spec: RecurrentSpec, projected: Array, state: Sequence[Array], weights: Mapping[str, Array]
) -> float:
    """The largest absolute eigenvalue of d(state_t)/d(state_{t-1}) at one step.

    The state is everything that the cell carries, such as h and c of an LSTM.

    Args:
        spec: The layer's settings.
        projected: The projected input of the step.
        state: The state before the step, (units,) each.
        weights: The weights of this direction.
    """
    size = sum(len(array) for array in state)
    before = [Term(np.repeat(array[None], size, axis=0)) for array in state]
    xp: Any = Terms()
    inputs = Term(np.repeat(projected[None], size, axis=0))
    terms: dict[str, Any] = {name: Term(array) for name, array in weights.items()}
    _, after = spec.cell.step(xp, inputs, tuple(before), terms, spec)
    # each row of the batch differentiates one number of the new state
    whole: Any = np.concatenate(list(after), axis=-1)
    rows = differentiate(whole, np.eye(size, dtype=whole.dtype), before)
    return largest_eigenvalue(np.concatenate(rows, axis=-1))


def largest_eigenvalue(matrix: Array) -> float:
    """The largest absolute eigenvalue by repeated squaring (Gelfand's formula), which is faster
    than computing all eigenvalues of a wide layer; NaN for a matrix that is not finite.
    """
    power, exponent, scale = matrix.astype(np.float64), 1, 0.0  # power * exp(scale) = matrix^...
    norms = [0.0, 0.0]  # logarithms of the norms of the last two powers
    for _ in range(DOUBLINGS):
        norm = float(np.sqrt(np.square(power).sum()))
        if norm == 0 or not np.isfinite(norm):
            return norm if norm == 0 else float("nan")
        norms = [norms[1], scale + np.log(norm)]
        power = (power / norm) @ (power / norm)
        scale, exponent = 2 * norms[1], 2 * exponent
    return float(np.exp((norms[1] - norms[0]) / (exponent // 4)))
