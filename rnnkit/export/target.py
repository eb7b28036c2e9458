"""The contract of an export: what is written of a trained model."""

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
    """A trained model, as an export sees it.

    Args:
        run: Its folder.
        task: Its checked config.
        architecture: Its resolved list of layers.
        weights: "layer/weight" to float32 arrays.
        predictor: Its predictor, with the codec.
    """

    run: RunFolder
    task: Task
    architecture: Architecture
    weights: dict[str, np.ndarray]
    predictor: Predictor


class Target(ABC):
    """What a model is exported to."""

    gives: ClassVar[str]
    """What is written, as help texts say it: "an ONNX file"."""

    suffix: ClassVar[str]
    """The suffix of its file, such as ".onnx"; "" for a folder."""

    def file_name(self, model: Model) -> str:
        """The default name of its file or folder."""
        return f"{model.run.path.name}{self.suffix}"

    def further(self, model: Model) -> tuple[str, ...]:
        """What it writes besides, each a file of its own: "start" is NAME.start.onnx."""
        return ()

    def wrote(self, folder: Path) -> bool:
        """Whether this is a folder that the target wrote, so that another may replace it."""
        return False

    def in_eight_bits(self) -> EightBits | None:
        """The target with weights of eight bits; None if it has none."""
        return None

    @abstractmethod
    def write(self, model: Model, path: Path) -> None:
        """Writes the file, or the folder, which does not exist yet.

        Args:
            model: What is exported.
            path: A temporary name with the suffix, which gets its own name when all is written;
                `companion` names the further files.

        Raises:
            RnnkitError: If a library is not installed, or the target cannot hold a layer of the
                model, which is named.
        """


@dataclass(frozen=True)
class Answering:
    """A model that is written, as it answers.

    Args:
        outputs: What computes its answers.
        size_bytes: The size of its files.
    """

    outputs: Outputs
    size_bytes: int


class EightBits(Target):
    """A target whose files hold weights of eight bits."""

    @abstractmethod
    def answering(self, model: Model) -> tuple[Answering, Answering]:
        """The model with its own weights and with those of eight bits, both computed alike.

        Raises:
            RnnkitError: As in `write`.
        """


def elsewhere(reason: str, targets: str) -> str:
    """What to do with a model that one target cannot hold.

    Args:
        reason: Why other targets cannot hold it either; "" if they can.
        targets: Their names.
    """
    if not reason:
        return f"Export to {targets}"
    return "Answer with rnnkit itself: `rnnkit predict`, `rnnkit generate` or `rnnkit serve`"


def companion(path: Path, name: str) -> Path:
    """The file beside another that holds a further part: "start" of model.onnx is
    model.start.onnx.
    """
    return path.with_name(f"{path.stem}.{name}{path.suffix}")
