"""A text coloured by the state of one unit."""

from __future__ import annotations

from dataclasses import dataclass

from rnnkit.errors import RnnkitError
from rnnkit.report.coloured import coloured_page
from rnnkit.workflows.inspect.gates import Shown, gates
from rnnkit.workflows.inspect.tokens import gap_between
from rnnkit.workflows.outputs import output_page, write_output


@dataclass(frozen=True)
class UnitText:
    """A text, and a unit's state after each token of it.

    Args:
        layer: The layer's name; of an encoder "encoder/NAME".
        unit: Its number in the layer's output; the second half of a bidirectional layer's reads
            backwards.
        tokens: What was read.
        values: The unit's value at each token.
    """

    layer: str
    unit: int
    tokens: list[str]
    values: list[float]

    @property
    def shades(self) -> list[float]:
        """From -1 to 1: the values themselves, or their shares of the largest where one is
        larger.
        """
        most = max(1.0, *(abs(value) for value in self.values))
        return [value / most for value in self.values]

    @property
    def spaced(self) -> list[str]:
        """The tokens with the white space between them."""
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
        unit: The unit.
        layer: Its layer; None for the last one that has so many units.
        condition: As in `generate`.

    Raises:
        RnnkitError: As in `gates`, or if no layer has that unit.
    """
    panels = gates(name, text, Shown(layer=layer, only="states"), condition=condition)
    most = 0
    for panel in reversed(panels):
        both = [one for one in panels if one.layer == panel.layer]
        most = max(most, sum(one.of for one in both))
        if unit < sum(one.of for one in both):
            own = both[unit // both[0].of]
            values = own.signals[0].values[:, unit % own.of]
            return UnitText(panel.layer, unit, own.tokens, [float(value) for value in values])
    raise RnnkitError("--unit", f"unit {unit} of {most}", f"Expected 0 to {most - 1}")


def write_page(path: str, coloured: UnitText, *, overwrite: bool = False) -> None:
    """Writes a page with each token on the ground of its value.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    target = output_page(path, "--html", overwrite)
    title = f"Unit {coloured.unit} of {coloured.layer}"
    most = max(1.0, *(abs(value) for value in coloured.values))
    said = ["The unit's state after each token, from -1 (orange) to 1 (blue)."]
    if most > 1:
        said = [
            f"The unit's state after each token; -1 and 1 stand for -{most:.2f} and {most:.2f}."
        ]
    page = coloured_page(title, said, coloured.spaced, coloured.shades)
    write_output(target, page, "--html")
