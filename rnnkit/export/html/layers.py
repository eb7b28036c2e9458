"""The list of layers for the engine of the page (engine.js)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rnnkit.architecture import Architecture, Layer, LayerSpec
from rnnkit.cells.gru import GRUCell
from rnnkit.cells.lstm import LSTMCell
from rnnkit.cells.min_gru import MinGRUCell
from rnnkit.cells.min_lstm import MinLSTMCell
from rnnkit.cells.peephole_lstm import PeepholeLSTMCell
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.cells.simple_rnn import SimpleRNNCell
from rnnkit.engine.recurrent import is_cell_alone
from rnnkit.errors import RnnkitError
from rnnkit.export.target import elsewhere
from rnnkit.models.layers.attention import Attention
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.tied import Tied
from rnnkit.models.layers.words import Words

Description = dict[str, Any]
"""An object for JSON."""

# by exact class, as a user's subclass may compute something else
CELLS = {
    SimpleRNNCell: "simple_rnn",
    LSTMCell: "lstm",
    GRUCell: "gru",
    MinGRUCell: "min_gru",
    MinLSTMCell: "min_lstm",
    PeepholeLSTMCell: "peephole_lstm",
}
LAYERS: dict[type[LayerSpec], tuple[str, tuple[str, ...]]] = {
    Attention: ("attention", ("score",)),
    CRF: ("crf", ("labels",)),
    Conv: ("conv", ("width", "activation")),
    Dense: ("dense", ("activation",)),
    Dropout: ("dropout", ()),
    Embedding: ("embedding", ("dim",)),
    Numeric: ("numeric", ()),
    OneHot: ("one_hot", ()),
    Pool: ("pool", ("mode",)),
    Tied: ("tied", ()),
    Words: ("words", ()),
}
"""The name of each layer in the engine, and the settings that the engine needs."""


def describe(architecture: Architecture) -> Description:
    """The layers of a model and of its encoder.

    Raises:
        RnnkitError: If the page cannot compute one of them, which is named.
    """
    return {
        "layers": [_layer(layer) for layer in architecture.layers],
        "padded": architecture.padded,
        "encoder": architecture.encoder and describe(architecture.encoder),
    }


def _layer(layer: Layer) -> Description:
    spec, describe_spec = layer.spec, _describer(layer)
    inner = spec.inner()
    return {
        "name": layer.name,
        "owner": layer.ties or layer.name,
        "sequence": layer.sequence,
        "size": layer.inputs[-1],
        "outputs": layer.outputs,
        "inner": inner and describe(inner),
        **describe_spec(spec),
    }


def _describer(layer: Layer) -> Callable[[Any], Description]:
    spec = layer.spec
    if isinstance(spec, RecurrentSpec) and is_cell_alone(spec) and type(spec.cell) in CELLS:
        return _recurrent
    if type(spec) in LAYERS:
        return _settings
    got = f"{layer.name}: a page cannot compute the layer {layer.kind!r}"
    known = [*CELLS.values(), *(kind for kind, _ in LAYERS.values())]
    hint = elsewhere(spec.why_not_exported(), "keras or saved_model")
    raise RnnkitError("", got, f"Expected some of: {', '.join(sorted(known))}", hint)


def _recurrent(spec: RecurrentSpec) -> Description:
    return {
        "kind": "recurrent",
        "cell": CELLS[type(spec.cell)],
        "units": spec.units,
        "bidirectional": spec.bidirectional,
        "activation": getattr(spec, "activation", "linear"),
        "recurrent_activation": getattr(spec, "recurrent_activation", "sigmoid"),
    }


def _settings(spec: LayerSpec) -> Description:
    kind, settings = LAYERS[type(spec)]
    return {"kind": kind, **{name: getattr(spec, name) for name in settings}}
