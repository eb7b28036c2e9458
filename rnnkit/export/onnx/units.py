"""Scaling within a graph: inputs and outputs have their own units, the network its scale. It is
done in double precision, as by `SeriesCodec` and `Scaler`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnkit.data.batch.series import WindowShape
from rnnkit.data.encode.scaler import Scaler
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.export.onnx.graph import Graph

_FLOAT, _DOUBLE = 1, 11  # TensorProto


def scaled_input(graph: Graph, scaler: Scaler) -> str:
    """Declares `numbers` in their own units, (batch, time, features) float64, and returns them
    scaled.
    """
    features = len(scaler.mean)
    numbers = graph.input("numbers", np.float64, ("batch", "time", features))
    return graph.op("Cast", _scaled(graph, numbers, scaler), to=_FLOAT)


def scaled_condition(graph: Graph, scaler: Scaler) -> str:
    """Declares `condition` in its own units, (batch, features) float64, and returns it scaled."""
    numbers = graph.input("condition", np.float64, ("batch", len(scaler.mean)))
    return graph.op("Cast", _scaled(graph, numbers, scaler), to=_FLOAT)


def _scaled(graph: Graph, values: str, scaler: Scaler) -> str:
    moved = graph.op("Sub", values, graph.constant(scaler.mean))
    return graph.op("Div", moved, graph.constant(scaler.scale))


@dataclass(frozen=True)
class SeriesUnits:
    """The inputs and outputs of a forecaster, in the units of the series.

    Args:
        codec: The codec of the series.
        shape: The windows that the network reads and forecasts.
        quantiles: The number of quantiles of each forecast.
    """

    codec: SeriesCodec
    shape: WindowShape
    quantiles: int

    def read(self, graph: Graph) -> tuple[str, str]:
        """Declares `numbers`, (batch, time, features) in the series' units, and, if some features
        are known in advance, `known`, their values in the steps ahead, (batch, horizon, known
        features).

        Returns:
            The input of the network, and the scaled targets, to which forecasts may be relative.
        """
        features, targets = len(self.codec.names), self.shape.targets
        values = graph.input("numbers", np.float64, ("batch", "time", features))
        if self.codec.transform == "return":
            own, others = _columns(graph, values, targets, features)
            values = graph.op("Concat", graph.op("Log", own), others, axis=2)
        scaled = _scaled(graph, values, self.codec.scaler)
        own, others = _columns(graph, scaled, targets, features)
        seen = scaled
        if self.shape.lag:
            seen = graph.op("Concat", self._change(graph, own), others, axis=2)
        if self.shape.is_known.any():
            seen = self._with_known(graph, seen)
        return graph.op("Cast", seen, to=_FLOAT), own

    def write(self, graph: Graph, outputs: str, past: str) -> None:
        """Declares `forecast`, (batch, horizon, targets, quantiles) in the series' units, from
        the network's outputs and the scaled targets of the past.
        """
        shape, scaler, targets = self.shape, self.codec.scaler, self.shape.targets
        sizes = graph.ints(0, shape.horizon, targets, self.quantiles)
        answers = graph.op("Reshape", outputs, sizes)
        if self.quantiles > 1:  # sorted, so that they do not cross
            count = graph.ints(self.quantiles)
            answers, _ = graph.ops("TopK", answers, count, outputs=2, axis=-1, largest=0)
        values = graph.op("Cast", answers, to=_DOUBLE)
        if shape.lag:
            places = np.arange(shape.horizon) % shape.lag - shape.lag
            base = graph.op("Gather", past, graph.constant(places), axis=1)
            values = graph.op("Add", values, graph.op("Unsqueeze", base, graph.ints(3)))
        scale, mean = scaler.scale[:targets, None], scaler.mean[:targets, None]
        values = graph.op("Mul", values, graph.constant(scale))
        values = graph.op("Add", values, graph.constant(mean))
        if self.codec.transform == "return":
            values = graph.op("Exp", values)
        dims = ("batch", shape.horizon, targets, self.quantiles)
        graph.output("forecast", values, np.float64, dims)

    def _change(self, graph: Graph, targets: str) -> str:
        """Targets as differences from the last `lag` steps (`WindowShape.base`)."""
        lag = graph.ints(self.shape.lag)
        count = graph.size(targets, 1)
        from_origin = graph.op("Sub", graph.range(count), count)
        places = graph.op("Sub", graph.op("Mod", from_origin, lag), lag)
        base = graph.op("Gather", targets, graph.op("Add", places, count), axis=1)
        return graph.op("Sub", targets, base)

    def _with_known(self, graph: Graph, seen: str) -> str:
        """The features that are known in advance, `horizon` steps later."""
        is_known, horizon = self.shape.is_known, self.shape.horizon
        known, unknown = np.flatnonzero(is_known), np.flatnonzero(~is_known)
        dims = ("batch", horizon, len(known))
        scaler = Scaler(self.codec.scaler.mean[known], self.codec.scaler.scale[known])
        ahead = _scaled(graph, graph.input("known", np.float64, dims), scaler)
        past = graph.op("Gather", seen, graph.constant(known), axis=2)
        whole = graph.op("Concat", past, ahead, axis=1)
        far = graph.ints(np.iinfo(np.int64).max)
        later = graph.op("Slice", whole, graph.ints(horizon), far, graph.ints(1))
        rest = graph.op("Gather", seen, graph.constant(unknown), axis=2)
        places = np.argsort(np.concatenate([unknown, known]))
        both = graph.op("Concat", rest, later, axis=2)
        return graph.op("Gather", both, graph.constant(places), axis=2)


def _columns(graph: Graph, values: str, first: int, count: int) -> tuple[str, str]:
    """The first columns, and the others, which may be empty."""
    both = graph.ints(first, count - first)
    own, others = graph.ops("Split", values, both, outputs=2, axis=2)
    return own, others
