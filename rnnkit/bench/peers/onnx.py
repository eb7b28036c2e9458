"""ONNX Runtime, on the graph that `rnnkit export RUN onnx` writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rnnkit.architecture import Architecture, Interface, resolve
from rnnkit.bench.peer import Peer, Unit, Work
from rnnkit.export.onnx import OnnxOutputs
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.registry import lookup


class Onnx(Peer):
    """ONNX Runtime."""

    requires: ClassVar[Mapping[str, str]] = {"onnxruntime": "onnxruntime", "onnx": "onnx"}
    verbs: ClassVar[tuple[str, ...]] = ("generate", "predict")
    kinds: ClassVar[tuple[str, ...]] = ("last", "steps")

    def prepare(self, work: Work) -> Unit:
        model = _architecture(work)
        weights = dict(zip(model.weight_shapes(), work.weights, strict=True))
        outputs = OnnxOutputs.of(model, weights)
        if work.verb == "generate":
            return lambda: _generate(outputs, work.inputs[:1], work.tokens)
        starts = range(0, len(work.inputs), 256)
        return lambda: np.concatenate(
            [outputs(work.inputs[start : start + 256]) for start in starts]
        )


def _architecture(work: Work) -> Architecture:
    first = Embedding(dim=work.features) if work.reads_tokens else Numeric()
    body = [
        lookup("layer", layer["cell"])(units=layer["units"], bidirectional=layer["bidirectional"])
        for layer in work.layers
    ]
    features = work.vocabulary if work.reads_tokens else work.features
    reads = Interface(
        timesteps=None, features=features, sequence_output=work.kind == "steps", padded=False
    )
    return resolve("model", first, body, {"logits": Dense(units=work.classes)}, reads)


def _generate(outputs: OnnxOutputs, window: np.ndarray, count: int) -> list[int]:
    tokens = []
    for _ in range(count):
        token = int(outputs(window)[0].argmax())
        tokens.append(token)
        window = np.append(window[:, 1:], np.array([[token]], np.int32), axis=1)
    return tokens
