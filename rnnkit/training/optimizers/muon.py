"""Muon."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from rnnkit.config.unused import Unused
from rnnkit.training.optimizers.optimizer import OptimizerSpec


class Muon(OptimizerSpec):
    """Orthogonalised momentum for matrices, AdamW for the rest (Jordan et al. 2024)."""

    weight_decay: float | None = Field(
        0.004, ge=0, description="`weight_decay` of what Muon updates"
    )
    adam_beta_1: float = Field(0.9, ge=0, lt=1, description="`beta_1` of what Adam updates")
    adam_beta_2: float = Field(0.999, ge=0, lt=1, description="`beta_2` of what Adam updates")
    adam_weight_decay: float | None = Field(
        0.004, ge=0, description="`weight_decay` of what Adam updates"
    )
    epsilon: float = Field(1e-7, gt=0, description="`epsilon` of what Adam updates")
    exclude_layers: list[str] | None = Field(
        None, description="regular expressions; weights whose name matches one are updated by Adam"
    )
    exclude_embeddings: bool = Field(True, description="whether embeddings are updated by Adam")
    muon_a: float = Field(3.4445, description="first coefficient of the Newton-Schulz polynomial")
    muon_b: float = Field(-4.775, description="second coefficient of the Newton-Schulz polynomial")
    muon_c: float = Field(2.0315, description="third coefficient of the Newton-Schulz polynomial")
    adam_lr_ratio: float = Field(
        1.0,
        gt=0,
        description="learning rate of what Adam updates, as a multiple of the learning rate",
    )
    momentum: float = Field(
        0.95, ge=0, le=1, description="fraction of the running sum of gradients that a step keeps"
    )
    ns_steps: int = Field(
        5, ge=1, description="number of Newton-Schulz iterations that orthogonalise an update"
    )
    nesterov: bool = Field(True, description="whether to use Nesterov's momentum")
    rms_rate: float | None = Field(
        0.2,
        gt=0,
        description="scales updates by this, times the root of the matrix' longer side",
    )

    def unused(self) -> Iterator[Unused]:
        if self.momentum == 0:
            yield Unused("nesterov", "momentum is 0", "momentum: 0.95")
