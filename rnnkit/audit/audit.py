"""The result of an audit of data: findings, measures, and what a report draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnnkit.audit.finding import Finding, verdict

Cell = str | int | float


@dataclass(frozen=True)
class Audit:
    """The findings about the data of a config, and their measures.

    Args:
        findings: The most severe first.
        facts: The measures of each part by name: "texts", "longest", "known".
        unit: The unit of `lengths`: "tokens".
        lengths: The length of each example of each part.
        classes: The count of each label in each part.
        series: Columns of a series to draw, (steps,) each.
        sampled: A sentence for each check that was made on a sample only.
    """

    findings: Sequence[Finding] = ()
    facts: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    unit: str = ""
    lengths: Mapping[str, np.ndarray] = field(default_factory=dict)
    classes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    series: Mapping[str, np.ndarray] = field(default_factory=dict)
    sampled: Sequence[str] = ()

    @property
    def verdict(self) -> str:
        """The audit in one sentence."""
        if not self.findings and not self.facts:
            return "Nothing was audited."
        return verdict(self.findings)
