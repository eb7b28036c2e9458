"""What computes the steps of a recurrent layer in training, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Choice:
    """What computes a layer's steps.

    Args:
        kernel: The compiled CPU kernel ("fused"), cuDNN's on a GPU, or the framework's own
            operations, step by step ("generic").
        reason: Why, in words.
        setting: The setting that rules out a faster kernel; "" if none does.
    """

    kernel: Literal["fused", "cudnn", "generic"]
    reason: str
    setting: str = ""
