"""ONNX Runtime: a session over a graph of the standard's own recurrent operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rnnkit.bench.peer import Peer, Unit, Work

ORDERS = {"lstm": (0, 3, 1, 2), "gru": (0, 1, 2), "simple_rnn": (0,)}
"""The gates in the standard's order, i o f c and z r h, by keras' numbers."""
OPERATIONS = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "RNN"}


class Onnx(Peer):
    """ONNX Runtime."""

    requires: ClassVar[Mapping[str, str]] = {"onnxruntime": "onnxruntime", "onnx": "onnx"}
    verbs: ClassVar[tuple[str, ...]] = ("generate", "predict")
    kinds: ClassVar[tuple[str, ...]] = ("last", "steps")

    def prepare(self, work: Work) -> Unit:
        import onnxruntime

        session = onnxruntime.InferenceSession(
            _graph(work).SerializeToString(), providers=["CPUExecutionProvider"]
        )
        if work.verb == "generate":
            return lambda: _generate(session, work.inputs[:1], work.tokens)
        starts = range(0, len(work.inputs), 256)
        return lambda: np.concatenate(
            [_run(session, work.inputs[start : start + 256]) for start in starts]
        )


def _run(session: Any, ids: np.ndarray) -> np.ndarray:
    logits: np.ndarray = session.run(None, {"ids": ids})[0]
    return logits


def _generate(session: Any, window: np.ndarray, count: int) -> list[int]:
    tokens = []
    for _ in range(count):
        token = int(_run(session, window)[0].argmax())
        tokens.append(token)
        window = np.append(window[:, 1:], np.array([[token]], np.int32), axis=1)
    return tokens


def _graph(work: Work) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants = list[Any](), list[Any]()

    def constant(name: str, array: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(operation: str, inputs: list[str], output: str, **attributes: Any) -> str:
        outputs = output.split("|")
        nodes.append(helper.make_node(operation, inputs, outputs, **attributes))
        return outputs[-1]

    vectors = "ids"
    if work.reads_tokens:
        vectors = node("Gather", [constant("embedding", work.weights[0]), "ids"], "vectors")
    x = node("Transpose", [vectors], "by_time", perm=[1, 0, 2])
    directions = iter(work.recurrent_weights())
    for index, layer in enumerate(work.layers):
        count = 1 + layer["bidirectional"]
        arrays = _stacked(layer["cell"], [next(directions) for _ in range(count)])
        names = [constant(f"{index}_{name}", array) for name, array in arrays.items()]
        attributes = {"linear_before_reset": 1} if layer["cell"] == "gru" else {}
        direction = "bidirectional" if count == 2 else "forward"
        node(
            *(OPERATIONS[layer["cell"]], [x, *names], f"{index}_steps|{index}_last"),
            **{"hidden_size": layer["units"], "direction": direction, **attributes},
        )
        # (steps, directions, batch, units), or (directions, batch, units)
        if layer["sequence"]:
            moved = node("Transpose", [f"{index}_steps"], f"{index}_moved", perm=[0, 2, 1, 3])
            shape = constant(f"{index}_shape", np.array([0, 0, -1], np.int64))
            x = node("Reshape", [moved, shape], f"{index}_out")
        else:
            moved = node("Transpose", [f"{index}_last"], f"{index}_moved", perm=[1, 0, 2])
            shape = constant(f"{index}_shape", np.array([0, -1], np.int64))
            x = node("Reshape", [moved, shape], f"{index}_out")
    head = [constant("kernel", work.weights[-2]), constant("bias", work.weights[-1])]
    if work.kind == "steps":
        by_time = node("Add", [node("MatMul", [x, head[0]], "products"), head[1]], "by_time_logits")
        node("Transpose", [by_time], "logits", perm=[1, 0, 2])
    else:
        node("Gemm", [x, *head], "logits")
    kind = TensorProto.INT32 if work.reads_tokens else TensorProto.FLOAT
    sizes: list[Any] = ["batch", "steps", *work.inputs.shape[2:]]
    ids = helper.make_tensor_value_info("ids", kind, sizes)
    sizes = [*sizes[: 2 if work.kind == "steps" else 1], work.classes]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, sizes)
    graph = helper.make_graph(nodes, "model", [ids], [logits], constants)
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def _stacked(cell: str, directions: list[list[np.ndarray]]) -> dict[str, np.ndarray]:
    """W, R and B of an operation, a row for each direction."""
    rows: dict[str, list[np.ndarray]] = {"W": [], "R": [], "B": []}
    for kernel, recurrent, bias in directions:
        both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        rows["W"].append(_ordered(kernel.T, cell))
        rows["R"].append(_ordered(recurrent.T, cell))
        rows["B"].append(np.concatenate([_ordered(part, cell) for part in both]))
    return {name: np.stack(arrays) for name, arrays in rows.items()}


def _ordered(array: np.ndarray, cell: str) -> np.ndarray:
    gates = np.split(array, len(ORDERS[cell]))
    return np.concatenate([gates[index] for index in ORDERS[cell]])
