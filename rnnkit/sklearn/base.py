"""The base of the estimators: their parameters as a config, training, and fitted state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from rnnkit.sklearn.value_errors import wrong_values
from rnnkit.tasks.predictor import Predictor
from rnnkit.workflows.in_memory import InMemory, with_data
from rnnkit.workflows.job import GRADIENTS
from rnnkit.workflows.temporary_run import open_files, train_to_files
from rnnkit.workflows.trained import Trained

if TYPE_CHECKING:
    import pandas as pd


@dataclass(kw_only=True, eq=False, repr=False)
class RecurrentEstimator(BaseEstimator):
    """The base of every estimator. The parameters of all of them:

    Args:
        cell: The recurrent layer: "lstm", "gru", "simple_rnn", "min_gru", "min_lstm",
            "peephole_lstm".
        units: Its size.
        layers: A list of layers as in a config, instead of `cell` and `units`.
        epochs: Passes over the training data.
        batch_size: Samples per step.
        learning_rate: The size of a step.
        config: Further keys of a config, such as {"train.early_stopping": 3}.
        random_state: A seed, a generator, or None for another seed at each fit.
        verbose: Whether to log a line for each epoch on stderr.
    """

    cell: str = "lstm"
    units: int = 32
    layers: Sequence[Any] | None = None
    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 0.001
    config: Mapping[str, Any] | None = None
    random_state: Any = None
    verbose: bool = False

    _data: ClassVar[str] = "X"
    """The argument of `fit` that is the data."""

    def _train(
        self,
        task: Mapping[str, Any] | str,
        data: object,
        *,
        model: Mapping[str, Any] | None = None,
        overrides: Mapping[str, Any] | None = None,
        **keys: Any,
    ) -> None:
        """Trains on data in memory.

        Args:
            task: The task with its settings.
            data: The data.
            model: Further keys of the model.
            overrides: Further keys of the config.
            keys: How the data are read, such as the columns.
        """
        state = self.random_state
        if state is None or not isinstance(state, int | np.integer):
            state = check_random_state(state).randint(2**31 - 1)
        config = {
            "task": task,
            "model": {"layers": self.layers or [{self.cell: self.units}], **(model or {})},
            "train": {
                "epochs": self.epochs,
                "batch_size": self.batch_size,
                "learning_rate": self.learning_rate,
                "random_seed": int(state),
            },
        }
        if not isinstance(self.config, Mapping | None):
            raise ValueError(f"config is {self.config!r}. Expected a mapping of keys")
        further = [dict(mapping) for mapping in (overrides, self.config) if mapping]
        validation = getattr(self, "validation", 0.0)
        if isinstance(validation, np.generic):
            validation = validation.item()
        with self._wrong_values():
            memory_data = InMemory(data, {"validation": validation}, keys)
            changed, _ = with_data(config, further, memory_data)
            self._files = train_to_files(config, changed, device="auto", verbose=self.verbose)
            self._trained: Trained | None = open_files(self._files)

    def _wrong_values(self) -> AbstractContextManager[None]:
        """Raises mistakes inside as ValueErrors that name a parameter, X or y."""
        return wrong_values(self._data, self.config, has_layers=bool(self.layers))

    @property
    def gradients_(self) -> pd.DataFrame:
        """How far back the gradient of each recurrent layer reached after each epoch, with
        `config={"train.diagnose": True}`: `epoch`, `layer`, `steps`, `reach`, `rate`, `left` and
        `radius`.

        Raises:
            AttributeError: If it was not recorded.
        """
        import pandas as pd

        check_is_fitted(self)
        if GRADIENTS not in self._files:
            raise AttributeError(
                "gradients_ was not recorded. Write config={'train.diagnose': True} and fit again"
            )
        return pd.read_csv(BytesIO(self._files[GRADIENTS]))

    @property
    def _predictor(self) -> Predictor[Any, Any, Any]:
        check_is_fitted(self)
        if self._trained is None:
            self._trained = open_files(self._files)
        return self._trained.predictor

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_files")

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if "_trained" in state:
            state["_trained"] = None  # loaded again after unpickling
        return state


def require_loss(loss: object) -> None:
    """Checks a loss.

    Raises:
        ValueError: If it is neither "mse" nor "mae".
    """
    if loss not in ("mse", "mae"):
        raise ValueError(f"loss is {loss!r}. Expected 'mse' or 'mae'")
