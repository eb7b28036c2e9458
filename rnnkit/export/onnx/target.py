"""`rnnkit export RUN onnx`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rnnkit.environment import require
from rnnkit.export.onnx.graphs import START, onnx_graphs
from rnnkit.export.onnx.interface import interface_of
from rnnkit.export.onnx.metadata import metadata
from rnnkit.export.target import Int8Target, Model, Target, companion
from rnnkit.storage import write_bytes


class Onnx(Target):
    """ONNX, written from the list of layers."""

    summary: ClassVar[str] = "an .onnx file that ONNX Runtime and others open"
    suffix: ClassVar[str] = ".onnx"

    def further(self, model: Model) -> tuple[str, ...]:
        return (START,) if model.architecture.condition else ()

    def int8(self) -> Int8Target | None:
        from rnnkit.export.onnx.quantized import Int8

        return Int8()

    def write(self, model: Model, path: Path) -> None:
        for name, content in self.contents(model).items():
            write_bytes(companion(path, name) if name == START else path, content)

    def contents(self, model: Model) -> dict[str, bytes]:
        """The content of each file, by what it is."""
        require("onnx", "onnx")
        return onnx_graphs(model.architecture, model.weights, interface_of(model), metadata(model))
