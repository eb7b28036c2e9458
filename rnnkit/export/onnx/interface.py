"""The inputs and outputs of a trained model's graph: scaling, and the probabilities of labels."""

from __future__ import annotations

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.conditions import NumberCondition
from rnnkit.data.encode.labels import Labels
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.graphs import Interface, plain_condition, plain_input, plain_output
from rnnkit.export.onnx.units import SeriesUnits, scaled_condition, scaled_input
from rnnkit.export.target import Model
from rnnkit.tasks.classification.predictor import SequenceClassifier, TextClassifier
from rnnkit.tasks.conditioned_language_model.data import ConditionedCodec
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor


def interface_of(model: Model) -> Interface:
    """The interface of a trained model: numbers in their own units, and the probabilities of a
    classifier's labels.
    """
    predictor, architecture = model.predictor, model.architecture
    codec: object = predictor.codec
    if isinstance(predictor, ForecastingPredictor):
        quantiles = len(predictor.levels)
        return _of_series(SeriesUnits(predictor.codec, predictor.shape, quantiles), architecture)

    def read(graph: Graph) -> str:
        if isinstance(codec, ArrayCodec):
            return scaled_input(graph, codec.scaler)
        return plain_input(graph, architecture)

    def write(graph: Graph, value: str) -> None:
        plain_output(graph, architecture, value)
        if isinstance(predictor, TextClassifier | SequenceClassifier):
            _probabilities(graph, value, predictor.codec.labels)

    def condition(graph: Graph) -> str:
        if isinstance(codec, ConditionedCodec) and isinstance(codec.condition, NumberCondition):
            return scaled_condition(graph, codec.condition.scaler)
        return plain_condition(graph, architecture)

    return Interface(read, write, condition)


def _of_series(units: SeriesUnits, architecture: Architecture) -> Interface:
    past: list[str] = []

    def read(graph: Graph) -> str:
        inputs, targets = units.read(graph)
        past.append(targets)
        return inputs

    def write(graph: Graph, value: str) -> None:
        units.write(graph, value, past.pop())

    return Interface(read, write, lambda graph: plain_condition(graph, architecture))


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
