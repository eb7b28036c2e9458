"""An ONNX graph, written operation by operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnkit import __version__
from rnnkit.errors import RnnkitError

OPSET, IR = 17, 8
LARGEST = 2**31 - 1  # bytes of a protocol buffers file

Dims = tuple[int | str, ...]
"""A shape; a size that is only known at run time has a name."""


class Graph:
    """A graph of operations on values, which are identified by their names.

    Args:
        prefix: The prefix of the names of values, for the body of an operation, whose names must
            differ from those outside.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._nodes: list[Any] = []
        self._constants: dict[str, np.ndarray] = {}
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._further: list[Any] = []
        self._count = 0

    def op(self, operation: str, *inputs: str, **attributes: Any) -> str:
        """Adds an operation with one output, and returns the output."""
        return self.ops(operation, *inputs, outputs=1, **attributes)[0]

    def ops(self, operation: str, *inputs: str, outputs: int, **attributes: Any) -> tuple[str, ...]:
        """Adds an operation, and returns its outputs; "" stands for an omitted input."""
        from onnx import helper

        names = tuple(self._new_name(operation) for _ in range(outputs))
        self._nodes.append(helper.make_node(operation, inputs, names, names[0], **attributes))
        return names

    def constant(self, array: np.ndarray, name: str | None = None) -> str:
        """A value that is written into the graph, under the name of a weight where it is one."""
        if name is None:
            name = self._new_name("constant")
        self._constants[name] = array
        return name

    def ints(self, *numbers: int) -> str:
        """A constant vector of int64."""
        return self.constant(np.array(numbers, np.int64))

    def number(self, number: float | int, dtype: Any = np.float32) -> str:
        """A constant scalar."""
        return self.constant(np.array(number, dtype))

    def input(self, name: str, dtype: Any, dims: Dims) -> str:
        """A value that is brought."""
        self._inputs.append(_declared(name, dtype, dims))
        return name

    def output(
        self, name: str, value: str, dtype: Any, dims: Dims, *, further: bool = False
    ) -> None:
        """Declares a value as an output; a further one comes after all others."""
        from onnx import helper

        self._nodes.append(helper.make_node("Identity", [value], [name], name))
        outputs = self._further if further else self._outputs
        outputs.append(_declared(name, dtype, dims))

    def size(self, value: str, axis: int) -> str:
        """The size of an axis, an int64 vector of length 1."""
        return self.op("Shape", value, start=axis, end=axis + 1)

    def range(self, count: str) -> str:
        """The int64 numbers 0, 1, ... up to a count, given as a vector of length 1."""
        limit = self.op("Squeeze", count, self.ints(0))
        zero, one = self.number(0, np.int64), self.number(1, np.int64)
        return self.op("Range", zero, limit, one)

    def body(self, name: str) -> Any:
        """The graph as the body of an operation such as Scan."""
        from onnx import helper, numpy_helper

        outputs = [*self._outputs, *self._further]
        nodes, used = _needed(self._nodes, {output.name for output in outputs})
        constants = [
            numpy_helper.from_array(np.asarray(array, order="C"), key)
            for key, array in self._constants.items()
            if key in used
        ]
        return helper.make_graph(nodes, name, self._inputs, outputs, constants)

    def model(self, name: str, metadata: Mapping[str, str] | None = None) -> bytes:
        """The content of the ONNX file, checked.

        Raises:
            RnnkitError: If it is too large for such a file.
        """
        from onnx import checker, helper

        weights = sum(array.nbytes for array in self._constants.values())
        if weights > LARGEST:
            got, expected = f"weights of {weights:,} bytes", f"Expected at most {LARGEST:,}"
            raise RnnkitError("", got, f"{expected}, which an ONNX file holds")
        model = helper.make_model(
            self.body(name),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR,
            producer_name="rnnkit",
            producer_version=__version__,
        )
        helper.set_model_props(model, dict(metadata or {}))
        checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString()
        return content

    def _new_name(self, stem: str) -> str:
        self._count += 1
        return f"{self._prefix}{stem}_{self._count}"


def _declared(name: str, dtype: Any, dims: Dims) -> Any:
    from onnx import helper

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, dims)


def _needed(nodes: Sequence[Any], outputs: set[str]) -> tuple[list[Any], set[str]]:
    """The operations that the outputs depend on, and all values that these use, also in the bodies
    of operations, which may use values from outside.
    """
    used, needed = set(outputs), list[Any]()
    for node in reversed(nodes):
        if used.isdisjoint(node.output):
            continue
        needed.append(node)
        used.update(node.input)
        for attribute in node.attribute:
            used.update(name for inner in attribute.g.node for name in inner.input)
    return needed[::-1], used
