"""A run folder that is opened once, on first use."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rnnkit.api.arguments import checked
from rnnkit.errors import RnnkitError
from rnnkit.platform.forks import in_forked_child
from rnnkit.progress import to_stderr
from rnnkit.run import RunFolder
from rnnkit.tasks.task import Task
from rnnkit.workflows.engines import EngineName, use_engine
from rnnkit.workflows.keras_outputs import build_with_weights
from rnnkit.workflows.trained import Trained, load_trained, open_run

if TYPE_CHECKING:
    import keras


class OpenedRun:
    """A trained run. It is opened once, on first use, and may be used by several threads. Pickled,
    it is its folder, which another process opens again.

    Args:
        folder: Its run folder.
        engine: What computes its answers: "auto", "numpy", "kernels", "onnx" or "keras".
    """

    @checked
    def __init__(self, folder: RunFolder, engine: EngineName = "auto"):
        if not isinstance(folder, RunFolder):
            expected, hint = "Expected a run folder", "Open one with `rnnkit.load_run(...)`"
            raise RnnkitError("folder", f"found {folder!r}", expected, hint)
        self.folder, self._engine = folder, engine
        self._name = str(folder.path.resolve())  # the current folder may change
        self._trained: Trained | None = None
        self._renew_lock()
        in_forked_child(self, OpenedRun._renew_lock)

    def _renew_lock(self) -> None:
        self._opening = threading.Lock()

    def __reduce__(self) -> tuple[type[Self], tuple[RunFolder, EngineName]]:
        return type(self), (RunFolder(Path(self._name)), self._engine)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.folder)!r})"

    @property
    def path(self) -> Path:
        """The run folder.

        Examples:
            >>> run.path.name
            'fable'
        """
        return self.folder.path

    @property
    def trained(self) -> Trained:
        """The opened run: its task, its layers, its predictor.

        Examples:
            >>> [layer.name for layer in run.trained.architecture.layers]
            ['embedding', 'simple_rnn', 'logits']
        """
        with self._opening:
            if self._trained is None:
                to_stderr()
                with use_engine(self._engine):
                    self._trained = load_trained(self.folder)
            return self._trained

    def _forget(self) -> None:
        """Makes the next use open the run folder again."""
        with self._opening:
            self._trained = None
        self.__dict__.pop("model", None)

    @property
    def config(self) -> Task:
        """The checked config, an instance of its task's class.

        Examples:
            >>> run.config.train.batch_size
            200
        """
        return self.trained.task

    @cached_property
    def model(self) -> keras.Model:
        """The keras.Model with the best weights.

        Examples:
            >>> run.model.output_shape
            (None, 113)
        """
        _, _, architecture, weights = open_run(self.folder)
        return build_with_weights(architecture, weights)
