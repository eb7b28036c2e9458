"""Data sets by name, as Python objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.api.arguments import checked
from rnnkit.config.spec import validated
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.datasets.kinds.pairs import PairedDataset
from rnnkit.data.datasets.kinds.series import SeriesDataset
from rnnkit.data.datasets.kinds.tagged import TaggedDataset
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.raw.labelled import Examples
from rnnkit.data.raw.series import Series
from rnnkit.data.raw.text import Corpus
from rnnkit.errors import RnnkitError
from rnnkit.registry import lookup

if TYPE_CHECKING:
    import pandas as pd


@checked
def load_data(name: str, **options: Any) -> dict[str, Any]:
    """Loads a data set by its name, in its own parts, as `rnnkit.train(config, data=...)` takes it.

    Args:
        name: A name from `rnnkit datasets list`: "imdb", "fable", "csv".
        options: Keys of the data set, such as path="reviews.csv".

    Returns:
        "train" and, if the data set has them, "validation" and "test". Each is a DataFrame: texts
        have `text` and `label`, pairs `source` and `target`, sentences `tokens` and `tags`, and a
        series its columns, indexed by time. Running text is a string, sequences of numbers (x, y).

    Raises:
        RnnkitError: If there is no such data set, a key is wrong, or it is not available.

    Examples:
        >>> import rnnkit
        >>> rnnkit.load_data("fable")["train"][:8]
        'long ago'
    """
    kind: type[Dataset] = lookup("dataset", name, where="name")
    dataset = validated(kind, options)
    if isinstance(dataset, ArrayDataset):
        parts = dataset.load(each_step=False).parts
        return {part: (list(rows.texts), _labels(rows)) for part, rows in parts.items()}
    if isinstance(dataset, TextDataset):
        corpus = dataset.load()
        if not isinstance(corpus, Corpus):
            got, expected = "a text of more than 64 MiB", "Expected a text that fits into memory"
            raise RnnkitError("name", got, expected)
        return dict(corpus.parts)
    return _frames(dataset)


def _frames(dataset: Dataset) -> dict[str, Any]:
    import pandas as pd

    if isinstance(dataset, SeriesDataset):
        return {"train": _series(dataset.load())}
    if isinstance(dataset, PairedDataset):
        return {
            part: pd.DataFrame({"source": list(pairs.sources), "target": list(pairs.targets)})
            for part, pairs in dataset.load().parts.items()
        }
    if isinstance(dataset, TaggedDataset):
        return {
            part: pd.DataFrame(
                {"tokens": list(map(list, rows.texts)), "tags": list(map(list, rows.labels))}
            )
            for part, rows in dataset.load().parts.items()
        }
    assert isinstance(dataset, LabelledDataset)
    return {
        part: pd.DataFrame({"text": list(rows.texts), "label": _labels(rows)})
        for part, rows in dataset.load().parts.items()
    }


def _labels(examples: Examples) -> list[Any]:
    """The label of each example; several as a list."""
    several = any(len(label) != 1 for label in examples.labels)
    return [list(label) if several else label[0] for label in examples.labels]


def _series(series: Series) -> pd.DataFrame:
    import pandas as pd

    # the columns that tell several series apart
    lengths = [len(member) for member in series.members]
    names = {
        key: np.repeat([member.keys[key] for member in series.members], lengths)
        for key in (series.members[0].keys if series.members else ())
    }
    return pd.DataFrame(names | dict(series.columns), index=series.times)
