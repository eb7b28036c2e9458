"""The arguments of `rnnkit.train` that describe its data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

Name = str | int
"""A column: its name."""


class DataArguments(TypedDict, total=False):
    """The arguments of `rnnkit.train` that describe its `data`; each task has some of them.

    Args:
        validation: The fraction held out to choose the best weights, or separate data.
        test: The same for the test part, which is scored once, at the end.
        keep_data: Whether the run folder keeps the data (data.parquet or data.npz), so that another
            process can resume the run or score its parts.
        text: The column of the text, or several that are joined.
        text_separator: The separator between the texts of several columns.
        label: The column of the label, or columns of zeros and ones, one for each label.
        multi_label: Whether a text may have several labels.
        label_delimiter: The separator of several labels in one column.
        weight: A column with the weight of each text in the loss.
        source: The column of the sources of pairs.
        target: The column of the targets of pairs; for a series, the column or columns to forecast.
        tokens: The column of the lists of tokens.
        tags: The column of the lists of tags.
        tag_names: The names of tags that are whole numbers, from 0 on.
        time: The column of the times; for a pandas object, by default its index if that has times.
            None if each row is a step.
        time_format: The format of times that are texts.
        time_zone: The time zone of the times.
        series: The column that identifies the series.
        features: Further columns of numbers.
        categorical: Columns of categories.
        known: Those further columns whose future values are known.
        resample: The step over which rows are averaged, such as "1D".
        partial: What happens to an incomplete first or last step: "drop" or "keep".
        fill: How gaps are filled: "error", "previous" or "linear".
        cycles: Positions in the "day", the "week" or the "year", as inputs.
        scale: "standard" or "none", for sequences of numbers.
        decimal: The decimal mark of numbers that are texts.
        thousands: The separator of thousands in such numbers.
        units: Texts before or after such numbers that are dropped.
        missing: The mark of a missing number.
    """

    validation: Any
    test: Any
    keep_data: bool
    text: Name | Sequence[Name]
    text_separator: str
    label: Name | Sequence[Name]
    multi_label: bool
    label_delimiter: str
    weight: Name
    source: Name
    target: Name | Sequence[Name]
    tokens: str
    tags: str
    tag_names: Sequence[str]
    time: Name | Sequence[Name] | None
    time_format: str
    time_zone: str
    series: Name | Sequence[Name]
    features: Name | Sequence[Name]
    categorical: Name | Sequence[Name]
    known: Name | Sequence[Name]
    resample: str
    partial: str
    fill: str
    cycles: str | Sequence[str]
    scale: str
    decimal: str
    thousands: str
    units: str | Sequence[str]
    missing: Any


NAMES = (
    *("text", "label", "weight", "source", "target", "tokens", "tags"),
    *("time", "series", "features", "categorical", "known"),
)
"""The arguments that name columns."""

LISTS = ("features", "categorical", "known", "cycles", "tag_names")
"""The arguments that are lists; a single name stands for a list of one."""
