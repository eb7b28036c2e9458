"""The kernels by every instruction set that this processor runs."""

from __future__ import annotations

from rnnkit import kernels
from rnnkit.kernels import library

SETS = [] if kernels.why_missing() else library.instruction_sets()
