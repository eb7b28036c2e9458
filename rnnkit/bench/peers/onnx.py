"""ONNX Runtime, on the graphs that `rnnkit export RUN onnx` writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from rnnkit.architecture import Architecture, Interface, LayerSpec, resolve
from rnnkit.bench.answers import answer_all, generating
from rnnkit.bench.operations import ENCODER
from rnnkit.bench.peer import Peer, Unit
from rnnkit.bench.work import PeerLayer, Work
from rnnkit.export.onnx import OnnxOutputs
from rnnkit.models.layers.attention import Attention
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.tied import Tied
from rnnkit.registry import lookup

ADDED: Mapping[str, type[LayerSpec]] = {"attention": Attention, "tied": Tied}
"""Layers that tasks add."""


class Onnx(Peer):
    """ONNX Runtime."""

    requires: ClassVar[Mapping[str, str]] = {"onnxruntime": "onnxruntime", "onnx": "onnx"}
    verbs: ClassVar[tuple[str, ...]] = ("generate", "predict")

    def prepare(self, work: Work) -> Unit:
        outputs = OnnxOutputs.of(_architecture(work), work.weights)
        return (generating if work.verb == "generate" else answer_all)(outputs, work)


def _architecture(work: Work) -> Architecture:
    model = _resolved(work.layers, sequence=work.kind != "last")
    if work.kind != "conditioned":
        return replace(model, carries_state=work.kind == "stream")
    if not work.encoder:
        return model.with_condition(work.context.shape[1], Condition)
    return model.with_encoder(_resolved(work.encoder, sequence=True), Condition)


def _resolved(layers: Sequence[PeerLayer], *, sequence: bool) -> Architecture:
    first, *others = layers
    specs = {
        layer.name.removeprefix(ENCODER): (ADDED.get(layer.kind) or lookup("layer", layer.kind))(
            **layer.settings
        )
        for layer in others
    }
    reads = Interface(timesteps=None, features=first.inputs, sequence_output=sequence)
    return resolve("model", lookup("input", first.kind)(**first.settings), [], specs, reads)
