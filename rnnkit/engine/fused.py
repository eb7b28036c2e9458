"""Recurrent layers computed by the compiled kernels, for inference."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit import kernels
from rnnkit.architecture import Architecture, Layer
from rnnkit.cells import RecurrentSpec
from rnnkit.engine.recurrent import State, Weights, is_cell_alone, weights_below
from rnnkit.models.layers.embedding import Embedding

Array = np.ndarray

MOST_FOLDED = 1 << 24
"""The most numbers of a folded table: 64 MB."""
FEW = 1 << 18
"""The most numbers of inputs or outputs for which buffers are reused from call to call."""


@dataclass(frozen=True)
class Embedded:
    """The embedding of token ids, which the kernel gathers from the table itself.

    Args:
        ids: (batch, timesteps).
        table: (tokens, features).
    """

    ids: Array
    table: Array


def kernel(spec: RecurrentSpec) -> str | None:
    """The name of the kernel that computes the layer on this machine; None if none does."""
    return spec.kernel if kernels.is_available() else None


class Fused:
    """A recurrent layer computed by a kernel. Its weights are packed once. An embedding before it
    is folded into them (the table times the input kernel) as soon as that is less work than a
    product for each token.

    Args:
        name: The kernel's name.
        layer: The layer.
        weights: The layer's weights, of both directions if it has two.
        precision: The type to which its weight matrices are rounded.
    """

    def __init__(
        self,
        name: str,
        layer: Layer,
        weights: Weights,
        precision: kernels.Precision = "float32",
    ):
        self._name, self._layer, self._precision = name, layer, precision
        both = layer.spec.reads_backwards
        parts = (
            [weights_below(part, weights) for part in ("forward", "backward")]
            if both
            else [weights]
        )
        self._directions = [list(part.values()) for part in parts]
        self._packed: list[kernels.Packed] = []
        self._tokens = 0
        self._is_folded = False
        self._repeated: dict[tuple[bool, bool], kernels.Repeated] = {}

    def __call__(self, x: Array | Embedded, lengths: Array) -> Array:
        """The outputs, of every step or of the last as the layer requires, starting from zeros."""
        every_step = self._layer.sequence
        answers = self._run(x, lengths, every_step=every_step)
        parts = [
            answer.outputs if every_step and answer.outputs is not None else answer.state[0]
            for answer in answers
        ]
        return np.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]

    def continue_from(self, x: Array, state: State) -> tuple[Array, State]:
        """The output of every step of (batch, timesteps, features), and the state after the last;
        for layers of one direction.
        """
        is_step = x.shape[1] == 1
        (answer,) = self._run(x, state=state, every_step=not is_step)
        outputs = answer.state[0][:, None] if is_step else answer.outputs
        assert outputs is not None
        return outputs, answer.state

    def _run(
        self,
        x: Array | Embedded,
        lengths: Array | None = None,
        state: State = (),
        *,
        every_step: bool = True,
    ) -> list[kernels.Outputs]:
        inputs, ids = (x.table, x.ids) if isinstance(x, Embedded) else (x, None)
        read = inputs if ids is None else ids
        written = read.shape[0] * read.shape[1] * self._directions[0][0].shape[1]
        if read.size > 0 and max(read.size, written) <= FEW:
            return self._again(x, every_step)(read, lengths, state)
        return kernels.forward(
            [
                kernels.Pass(
                    self._name,
                    inputs,
                    weights,
                    ids=ids,
                    lengths=lengths,
                    state=state,
                    reverse=bool(index),
                    packed=packed,
                )
                for index, (weights, packed) in enumerate(
                    zip(self._directions, self._pack(x), strict=True)
                )
            ],
            every_step=every_step,
        )

    def _pack(self, x: Array | Embedded) -> list[kernels.Packed]:
        if isinstance(x, Embedded) and not self._is_folded:
            self._tokens += x.ids.size
            width = self._directions[0][0].shape[1]
            if self._tokens >= len(x.table) and len(x.table) * width <= MOST_FOLDED:
                self._packed = [self._pack_one(weights, x.table) for weights in self._directions]
                self._is_folded = True
                self._repeated.clear()
        if not self._packed:
            self._packed = [self._pack_one(weights) for weights in self._directions]
        return self._packed

    def _pack_one(self, weights: list[Array], table: Array | None = None) -> kernels.Packed:
        return kernels.pack(self._name, weights, table, precision=self._precision)

    def _again(self, x: Array | Embedded, every_step: bool) -> kernels.Repeated:
        packed, table = self._pack(x), x.table if isinstance(x, Embedded) else None
        key = (table is not None, every_step)
        if key not in self._repeated:
            self._repeated[key] = kernels.Repeated(
                self._name, self._directions, packed, table, every_step=every_step
            )
        return self._repeated[key]


def fused(
    steps: Sequence[tuple[Layer, Weights]], precision: kernels.Precision = "float32"
) -> dict[str, Fused]:
    """The recurrent layers that a kernel computes, by name."""
    return {
        layer.name: Fused(name, layer, weights, precision)
        for layer, weights in steps
        if isinstance(layer.spec, RecurrentSpec)
        and is_cell_alone(layer.spec)
        and (name := kernel(layer.spec))
    }


def gathers(architecture: Architecture, by_kernel: Collection[str]) -> set[str]:
    """The embeddings whose vectors the next layer's kernel gathers itself."""
    return {
        layer.name
        for layer, after in itertools.pairwise(architecture.layers)
        if type(layer.spec) is Embedding and after.name in by_kernel
    }
