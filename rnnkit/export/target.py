"""The contract of an export target."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.run import RunFolder
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.task import Task


@dataclass(frozen=True)
class Model:
    """A trained model, as export targets get it.

    Args:
        run: The run folder.
        task: The checked config.
        architecture: The resolved list of layers.
        weights: "layer/weight" to float32 arrays.
        predictor: The predictor, with its codec.
    """

    run: RunFolder
    task: Task
    architecture: Architecture
    weights: dict[str, np.ndarray]
    predictor: Predictor


class Target(ABC):
    """A format to which models are exported."""

    summary: ClassVar[str]
    """What it writes, for help texts: "an ONNX file"."""

    suffix: ClassVar[str]
    """The suffix of its file, such as ".onnx"; "" for a folder."""

    def file_name(self, model: Model) -> str:
        """The default name of its file or folder."""
        return f"{model.run.path.name}{self.suffix}"

    def further(self, model: Model) -> tuple[str, ...]:
        """The names of further files that it writes: "start" is NAME.start.onnx."""
        return ()

    def wrote(self, folder: Path) -> bool:
        """Whether the target wrote this folder, so that it may be replaced."""
        return False

    def int8(self) -> Int8Target | None:
        """The target with 8-bit weights; None if there is none."""
        return None

    @abstractmethod
    def write(self, model: Model, path: Path) -> None:
        """Writes the file, or the folder, which does not exist yet.

        Args:
            model: The model to export.
            path: A temporary path with the suffix, which is renamed once all is written;
                `companion` names the further files.

        Raises:
            RnnkitError: If a library is not installed, or the target cannot express a layer,
                which it names.
        """


@dataclass(frozen=True)
class ExportedOutputs:
    """The outputs of an exported model.

    Args:
        outputs: Computes the outputs.
        size_bytes: The size of its files.
    """

    outputs: Outputs
    size_bytes: int


class Int8Target(Target):
    """A target whose files hold 8-bit weights."""

    @abstractmethod
    def answering(self, model: Model) -> tuple[ExportedOutputs, ExportedOutputs]:
        """The model with float32 weights and with 8-bit weights, computed by the same library.

        Raises:
            RnnkitError: As in `write`.
        """


def elsewhere(reason: str, targets: str) -> str:
    """The cure for a model that one target cannot express.

    Args:
        reason: Why other targets cannot either; "" if they can.
        targets: The names of the other targets.
    """
    if not reason:
        return f"Export to {targets}"
    return "Answer with rnnkit itself: `rnnkit predict`, `rnnkit generate` or `rnnkit serve`"


def companion(path: Path, name: str) -> Path:
    """The path of a further file of an export: "start" of model.onnx is model.start.onnx."""
    return path.with_name(f"{path.stem}.{name}{path.suffix}")
