"""Recurrent layers in compiled code, forwards and their gradients, and what a training computes row
by row around them. No keras, no framework.

The library is compiled when rnnkit is installed, from src/. Where that was not possible, or the
library does not run here, `why_missing` says why, and everything works without it.
"""

from __future__ import annotations

from rnnkit.kernels.calls import saved_floats
from rnnkit.kernels.chains import chain, chain_gradient
from rnnkit.kernels.layer import CELLS, PRECISIONS, Gradients, Outputs, Packed, Pass, Precision
from rnnkit.kernels.library import (
    CURE,
    instruction_set,
    is_available,
    is_built,
    load,
    threads,
    why_missing,
    wrong_threads,
)
from rnnkit.kernels.recurrent import backward, forward, pack
from rnnkit.kernels.repeated import Repeated
from rnnkit.kernels.rows import cross_entropy, cross_entropy_gradient, sum_read_rows, sum_rows
from rnnkit.kernels.words import Words

__all__ = [
    "CELLS",
    "CURE",
    "PRECISIONS",
    "Gradients",
    "Outputs",
    "Packed",
    "Pass",
    "Precision",
    "Repeated",
    "Words",
    "backward",
    "chain",
    "chain_gradient",
    "cross_entropy",
    "cross_entropy_gradient",
    "forward",
    "instruction_set",
    "is_available",
    "is_built",
    "load",
    "pack",
    "saved_floats",
    "sum_read_rows",
    "sum_rows",
    "threads",
    "why_missing",
    "wrong_threads",
]
