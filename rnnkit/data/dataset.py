"""Base classes for user-defined data sets, one for each kind of data, and what `load` returns."""

from __future__ import annotations

from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.datasets.kinds.pairs import PairedDataset
from rnnkit.data.datasets.kinds.series import SeriesDataset
from rnnkit.data.datasets.kinds.tagged import TaggedDataset
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.raw.pairs import Paired, Pairs
from rnnkit.data.raw.series import Series
from rnnkit.data.raw.text import Corpus

__all__ = [
    "ArrayDataset",
    "Corpus",
    "Dataset",
    "Examples",
    "Labelled",
    "LabelledDataset",
    "Paired",
    "PairedDataset",
    "Pairs",
    "Series",
    "SeriesDataset",
    "TaggedDataset",
    "TextDataset",
]
