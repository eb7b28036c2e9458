"""An audit of data: what it found, what it measured, and what of that can be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnnkit.audit.finding import Finding, verdict

Cell = str | int | float


@dataclass(frozen=True)
class Audit:
    """The findings on the data of a config, and what was measured.

    Args:
        findings: The most severe first.
        facts: The measures of each part, by name: "texts", "longest", "unknown".
        unit: What `lengths` count: "tokens".
        lengths: The length of each example of each part.
        classes: How often each label occurs in each part.
        series: Columns that are drawn over their steps.
        sampled: A sentence for each computation that looked at a sample alone.
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
            return "Nothing was looked at."
        return verdict(self.findings)
