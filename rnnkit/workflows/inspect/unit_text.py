"""A text coloured by the state of one unit."""

from __future__ import annotations

from dataclasses import dataclass

from rnnkit.errors import RnnkitError
from rnnkit.report.coloured_text import coloured_page
from rnnkit.workflows.inspect.gates import GateSelection, gates
from rnnkit.workflows.inspect.tokens import gap_between
from rnnkit.workflows.outputs import output_page, write_output


@dataclass(frozen=True)
class UnitText:
    """A text, and a unit's state after each token of it.

    Args:
        layer: The layer's name; of an encoder "encoder/NAME".
        unit: Its index in the layer's output; in a bidirectional layer the second half reads
            backwards.
        tokens: The tokens that were read.
        values: The unit's value at each token.
    """

    layer: str
    unit: int
    tokens: list[str]
    values: list[float]

    @property
    def shades(self) -> list[float]:
        """The values, from -1 to 1: divided by the largest absolute value where that exceeds 1."""
        most = max(1.0, *(abs(value) for value in self.values))
        return [value / most for value in self.values]

    @property
    def spaced(self) -> list[str]:
        """The tokens, each with the white space after it."""
        gap = gap_between(self.tokens)
        return [token + gap for token in self.tokens]


def unit_text(
    name: str | None,
    text: str | None,
    unit: int,
    layer: str | None = None,
    *,
    condition: str | None = None,
) -> UnitText:
    """The state of a unit after each token.

    Args:
        name: A run's folder or name; None for the newest.
        text: As in `predict`.
        unit: The index of the unit.
        layer: Its layer; None for the last one that has such a unit.
        condition: As in `generate`.

    Raises:
        RnnkitError: As in `gates`, or if no layer has that unit.
    """
    panels = gates(name, text, GateSelection(layer=layer, only="states"), condition=condition)
    most = 0
    for panel in reversed(panels):
        directions = [other for other in panels if other.layer == panel.layer]
        units = sum(direction.of for direction in directions)
        most = max(most, units)
        if unit < units:
            direction = directions[unit // directions[0].of]
            values = direction.signals[0].values[:, unit % direction.of]
            return UnitText(panel.layer, unit, direction.tokens, [float(value) for value in values])
    raise RnnkitError("--unit", f"unit {unit} of {most}", f"Expected 0 to {most - 1}")


def write_page(path: str, coloured: UnitText, *, overwrite: bool = False) -> None:
    """Writes an HTML page with the text, each token on a background coloured by the unit's value.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    target = output_page(path, "--html", overwrite)
    title = f"Unit {coloured.unit} of {coloured.layer}"
    most = max(1.0, *(abs(value) for value in coloured.values))
    caption = ["The unit's state after each token, from -1 (orange) to 1 (blue)."]
    if most > 1:
        caption = [
            f"The unit's state after each token; -1 and 1 stand for -{most:.2f} and {most:.2f}."
        ]
    page = coloured_page(title, caption, coloured.spaced, coloured.shades)
    write_output(target, page, "--html")
