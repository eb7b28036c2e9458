"""The recurrent layers of a model, and checks of layers and units that `inspect` needs."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.architecture import Architecture, Layer
from rnnkit.cells import RecurrentSpec
from rnnkit.engine.forward import Engine
from rnnkit.engine.recurrent import is_cell_alone
from rnnkit.errors import RnnkitError, did_you_mean


def require_known(architecture: Architecture, place: str = "", *, otherwise: str = "") -> None:
    """Raises an error for layers whose equations rnnkit does not know.

    Args:
        architecture: The resolved list of layers.
        place: The run, for messages.
        otherwise: What works with unknown layers too, for the message.

    Raises:
        RnnkitError: With their kinds.
    """
    if unknown := Engine.unsupported(architecture):
        got, alternative = (
            f"the layer {', '.join(unknown)}",
            f", or {otherwise}" if otherwise else "",
        )
        raise RnnkitError(place, got, f"Expected layers whose equations rnnkit knows{alternative}")


def recurrent_layers(architecture: Architecture, only: str | None = None) -> list[Layer]:
    """The recurrent layers, or the one that --layer names; those of an encoder are "encoder/NAME".

    Raises:
        RnnkitError: If there is no such layer.
    """
    layers = {layer.name: layer for layer in architecture.all_layers if is_cell_alone(layer.spec)}
    if only is None:
        return list(layers.values())
    if only not in layers:
        expected = f"Expected one of: {', '.join(layers) or 'none, it has no recurrent layer'}"
        got = f"no recurrent layer {only!r}"
        raise RnnkitError("--layer", got, expected, did_you_mean(only, layers))
    return [layers[only]]


def require_recurrent(architecture: Architecture, place: str = "") -> None:
    """Raises an error for a model without a recurrent layer.

    Args:
        architecture: The resolved list of layers.
        place: The run, for messages.

    Raises:
        RnnkitError: If it has none.
    """
    if not recurrent_layers(architecture):
        got, hint = "no recurrent layer", "Name a run with an lstm, a gru or a simple_rnn"
        raise RnnkitError(place, got, "Expected a model that carries a state", hint)


def require_units(units: range, layers: Sequence[Layer]) -> None:
    """Raises an error for units of --units that one of the layers does not have.

    Raises:
        RnnkitError: If a layer has no unit of the first index.
    """
    fewest = min((spec_of(layer).units for layer in layers), default=units.stop)
    if units.start >= fewest:
        got = f"unit {units.start} of {fewest}"
        raise RnnkitError("--units", got, f"Expected 0 to {fewest - 1}")


def spec_of(layer: Layer) -> RecurrentSpec:
    """The settings of a recurrent layer."""
    assert isinstance(layer.spec, RecurrentSpec)
    return layer.spec
