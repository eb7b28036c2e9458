"""What stands around the layers of a trained model: units, and what its answers mean."""

from __future__ import annotations

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.conditions import NumberCondition
from rnnkit.data.encode.labels import Labels
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.graphs import Ends, plain_condition, plain_input, plain_output
from rnnkit.export.onnx.units import SeriesUnits, scaled_condition, scaled_input
from rnnkit.export.target import Model
from rnnkit.tasks.classification.predictor import SequenceClassifier, TextClassifier
from rnnkit.tasks.conditioned_language_model.data import ConditionedCodec
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor


def ends_of(model: Model) -> Ends:
    """A trained model's: numbers in their own units, and the probabilities of a classifier's
    labels.
    """
    predictor, architecture = model.predictor, model.architecture
    codec: object = predictor.codec
    if isinstance(predictor, ForecastingPredictor):
        quantiles = len(predictor.levels)
        return _of_series(SeriesUnits(predictor.codec, predictor.shape, quantiles), architecture)

    def reads(graph: Graph) -> str:
        if isinstance(codec, ArrayCodec):
            return scaled_input(graph, codec.scaler)
        return plain_input(graph, architecture)

    def gives(graph: Graph, value: str) -> None:
        plain_output(graph, architecture, value)
        if isinstance(predictor, TextClassifier | SequenceClassifier):
            _probabilities(graph, value, predictor.codec.labels)

    def condition(graph: Graph) -> str:
        if isinstance(codec, ConditionedCodec) and isinstance(codec.condition, NumberCondition):
            return scaled_condition(graph, codec.condition.scaler)
        return plain_condition(graph, architecture)

    return Ends(reads, gives, condition)


def _of_series(units: SeriesUnits, architecture: Architecture) -> Ends:
    past: list[str] = []

    def reads(graph: Graph) -> str:
        seen, own = units.reads(graph)
        past.append(own)
        return seen

    def gives(graph: Graph, value: str) -> None:
        units.gives(graph, value, past.pop())

    return Ends(reads, gives, lambda graph: plain_condition(graph, architecture))


def _probabilities(graph: Graph, logits: str, labels: Labels) -> None:
    """Declares `probabilities`, (batch, labels)."""
    if labels.several:
        shares = graph.op("Sigmoid", logits)
    elif labels.outputs == 1:  # of the second label
        second = graph.op("Sigmoid", logits)
        first = graph.op("Sigmoid", graph.op("Neg", logits))
        shares = graph.op("Concat", first, second, axis=-1)
    else:
        shares = graph.op("Softmax", logits, axis=-1)
    graph.output("probabilities", shares, np.float32, ("batch", len(labels)))
