"""The same script, on JAX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rnnkit.bench.peers.keras import Keras
from rnnkit.bench.work import Work


class KerasOnJax(Keras):
    """Keras on JAX."""

    requires: ClassVar[Mapping[str, str]] = {"keras": "keras", "jax": "jax"}
    environment: ClassVar[Mapping[str, str]] = {"KERAS_BACKEND": "jax"}

    def why_not(self, work: Work) -> str:
        # keras tracks no state of a `stateful` layer, and JAX's compiled steps change nothing else
        lost = "fit and predict of keras on JAX carry no state from one batch to the next"
        return f"{lost}, as a stream needs" if work.kind == "stream" else ""
