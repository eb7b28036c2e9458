"""One file per recurrent cell: its shapes, its equation, its keras layer, the keys of its layer."""

from rnnkit.cells.cell import Cell, activation
from rnnkit.cells.recurrent import RecurrentSpec

__all__ = ["Cell", "RecurrentSpec", "activation"]
