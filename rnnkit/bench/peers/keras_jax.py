"""The same script, on JAX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rnnkit.bench.peers.keras import Keras


class KerasOnJax(Keras):
    """Keras on JAX."""

    requires: ClassVar[Mapping[str, str]] = {"keras": "keras", "jax": "jax"}
    environment: ClassVar[Mapping[str, str]] = {"KERAS_BACKEND": "jax"}
