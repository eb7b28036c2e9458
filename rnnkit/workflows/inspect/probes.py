"""Rows of a run's data, and the answers of its model to them when steps are replaced."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.data.encode.labels import Labels
from rnnkit.engine.crf import log_marginals
from rnnkit.engine.forward import Engine, Weights
from rnnkit.engine.recurrent import States
from rnnkit.insight.reach import mean_change, total_variation
from rnnkit.models.activations import sigmoid, softmax

Array = np.ndarray


class Probe(ABC):
    """Rows, and the answers of the model to them.

    Args:
        inputs: (rows, timesteps, ...) whose steps may be replaced.
        ends: (rows,) the step from which distances are counted: the last one without padding, or
            the one that is answered.
        lengths: (rows,) the number of steps without padding.
    """

    def __init__(self, inputs: Array, ends: Array, lengths: Array):
        self.inputs, self.ends, self.lengths = inputs, ends, lengths

    @abstractmethod
    def answers(self, inputs: Array, since: int) -> Array:
        """The answers as numbers to compare, (rows, numbers).

        Args:
            inputs: The rows, some of whose steps may be replaced.
            since: The first step that is replaced in any row.
        """

    def change(self, before: Array, after: Array, rows: Array) -> Array:
        """The change of the answer to each of the given rows, (rows,)."""
        return total_variation(before, after)


class Whole(Probe):
    """A model that reads a row as a whole and answers at its end, or at one of its steps.

    Args:
        model: Maps (rows, timesteps, ...) to logits.
        window: The number of last steps that the model reads; None for all.
        labels: The labels of a classifier; None for other models.
    """

    def __init__(
        self,
        rows: tuple[Array, Array, Array],
        model: Callable[[Array], Array],
        *,
        window: int | None = None,
        labels: Labels | None = None,
    ):
        super().__init__(*rows)
        self._model, self._window = model, window
        self._by_sigmoid = labels is not None and (labels.several or labels.outputs == 1)

    def answers(self, inputs: Array, since: int) -> Array:
        logits = self._model(inputs if self._window is None else inputs[:, -self._window :])
        rows = np.arange(len(logits))
        if logits.ndim == 4:  # potentials of a conditional random field
            marginals = np.exp(np.minimum(log_marginals(logits, self.lengths), 0))
            return np.asarray(marginals[rows, self.ends])
        if logits.ndim == 3:
            logits = logits[rows, self.ends]
        numbers = logits.astype(np.float64)
        return sigmoid(numbers) if self._by_sigmoid else softmax(numbers)

    def change(self, before: Array, after: Array, rows: Array) -> Array:
        return (mean_change if self._by_sigmoid else total_variation)(before, after)


class Stream(Probe):
    """A model that reads a text token by token; tokens before the replaced one are read once.

    Args:
        inputs: (rows, timesteps) token ids.
        body: The model up to its last recurrent layer.
        whole: The whole model.
    """

    def __init__(self, inputs: Array, body: Engine, whole: Engine):
        rows, timesteps = inputs.shape
        super().__init__(inputs, np.full(rows, timesteps - 1), np.full(rows, timesteps))
        self._body, self._whole = body, whole
        self._last_read: tuple[int, States] = (0, body.init_state(rows))

    def answers(self, inputs: Array, since: int) -> Array:
        last = inputs.shape[1] - 1
        states = self._states_before(min(since, last))
        if since < last:
            states = self._body.step(inputs[:, since:last], states)[1]
        logits, _ = self._whole.step(inputs[:, last:], states)
        return softmax(logits[:, -1].astype(np.float64))

    def _states_before(self, position: int) -> States:
        """The states after the first `position` tokens, none of which is replaced."""
        start, states = self._last_read
        if position < start:
            start, states = 0, self._body.init_state(len(self.inputs))
        if position > start:
            states = self._body.step(self.inputs[:, start:position], states)[1]
        self._last_read = (position, states)
        return states


class Conditioned(Probe):
    """A model whose first state a condition gives; it reads a text and answers at one step."""

    def __init__(self, rows: tuple[Array, Array, Array], condition: Array, model: Engine):
        super().__init__(*rows)
        self._condition, self._model = condition, model

    def answers(self, inputs: Array, since: int) -> Array:
        states = self._model.init_state(len(inputs), self._condition)
        logits, _ = self._model.step(inputs, states)
        return softmax(logits[np.arange(len(inputs)), self.ends].astype(np.float64))


class Sources(Probe):
    """An encoder-decoder that answers each token of a fixed target; its source is changed.

    Args:
        rows: The sources.
        targets: (rows, timesteps) token ids that the decoder reads.
        is_target: (rows, timesteps) whether a token is of the target, not padding.
        model: The model.
    """

    def __init__(
        self, rows: tuple[Array, Array, Array], targets: Array, is_target: Array, model: Engine
    ):
        super().__init__(*rows)
        self._targets, self._is_target, self._model = targets, is_target, model

    def answers(self, inputs: Array, since: int) -> Array:
        states = self._model.init_state(len(inputs), inputs)
        return softmax(self._model.step(self._targets, states)[0].astype(np.float64))

    def change(self, before: Array, after: Array, rows: Array) -> Array:
        changes = total_variation(before, after)
        counts = self._is_target[rows]
        mean: Array = changes.sum(axis=1, where=counts) / counts.sum(axis=1)
        return mean


@runtime_checkable
class ForecastsWindows(Protocol):
    """A forecaster that can decode the outputs of another model."""

    @property
    def levels(self) -> tuple[float, ...]: ...

    def forecast_windows(
        self, model: Callable[[Array], Array], values: Array, origins: Array, horizon: int
    ) -> Array: ...


class Windows(Probe):
    """A forecaster; its answers are in the unit of the first target.

    Args:
        inputs: (rows, timesteps, features), scaled as the network reads them.
        forecaster: The predictor that decodes.
        model: The model.
        spans: The scaled series, and the first step that each row forecasts.
        horizon: The number of steps forecast at once.
    """

    def __init__(
        self,
        inputs: Array,
        forecaster: ForecastsWindows,
        model: Engine,
        spans: tuple[Array, Array],
        horizon: int,
    ):
        rows, timesteps = inputs.shape[:2]
        super().__init__(inputs, np.full(rows, timesteps - 1), np.full(rows, timesteps))
        self._forecaster, self._model, self._spans = forecaster, model, spans
        self._horizon = horizon

    def answers(self, inputs: Array, since: int) -> Array:
        values, origins = self._spans
        forecasts = self._forecaster.forecast_windows(
            lambda _: self._model(inputs), values, origins, self._horizon
        )
        median = self._forecaster.levels.index(0.5)
        return np.asarray(forecasts[:, :, 0, median])  # (rows, horizon)

    def change(self, before: Array, after: Array, rows: Array) -> Array:
        return mean_change(before, after)


def parameters(architecture: Architecture, weights: Weights) -> int:
    """The number of parameters that a step is multiplied by: all but those of embeddings."""
    looked_up = {
        layer.name for layer in architecture.layers if "embeddings" in (layer.weights or {})
    }
    return sum(
        array.size for name, array in weights.items() if name.split("/", 1)[0] not in looked_up
    )
