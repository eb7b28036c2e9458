"""Checks of a config that several tasks share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic_core import PydanticCustomError

from rnnkit.architecture import Architecture, InputSpec, LayerSpec, ShapeMistake
from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.raw.row_split import RowSplit
from rnnkit.data.raw.split import Split
from rnnkit.errors import did_you_mean
from rnnkit.metrics.metric import MetricSpec
from rnnkit.registry import lookup, name_of, offered
from rnnkit.training.options import Train

Place = tuple[str | int, ...]


def _tables() -> list[str]:
    """The names of the data sets that have columns besides text and label."""
    return [name for name in offered("dataset") if lookup("dataset", name).has_columns]


class Mistakes:
    """Collects the mistakes in a config, so that all are reported at once."""

    def __init__(self) -> None:
        self._lines: list[tuple[Place, PydanticCustomError]] = []

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, place: str | Place, got: str, expected: str = "", hint: str = "") -> None:
        """Adds a mistake at a key such as "data.split", or ("model", "layers", 0)."""
        keys = tuple(place.split(".")) if isinstance(place, str) else place
        self._lines.append((keys, mistake(got, expected, hint)))

    def report(self) -> None:
        """Raises a ValidationError with all mistakes, if there are any."""
        if self._lines:
            raise mistakes_at(self._lines)

    def check_shapes(self, resolve: Callable[[], Architecture], section: str = "model") -> None:
        """Checks the order of the layers, which `section` lists."""
        try:
            resolve()
        except ShapeMistake as error:
            index = () if error.index is None else (error.index,)
            place = (*section.split("."), "layers", *index)
            self.add(place, error.got, error.expected, error.hint)

    def check_training(self, train: Train, metrics: Sequence[str], *, has_ceiling: bool) -> None:
        """Checks that `train.monitor` is one of the task's metrics, and that the ceiling of the
        accuracy is known if it is to end the training.
        """
        monitor = train.monitor
        if train.early_stopping and train.early_stopping.at_ceiling and not has_ceiling:
            expected = "Expected it of windows of a text, or of a classification"
            alone = train.early_stopping.patience is None
            hint = "Remove `train.early_stopping`" if alone else "Remove it"
            self.add("train.early_stopping.at_ceiling", "found true", expected, hint)
        if monitor not in metrics:
            expected = f"Expected one of: {', '.join(metrics)}"
            self.add(
                "train.monitor", f"found {monitor!r}", expected, did_you_mean(monitor, metrics)
            )

    def check_metrics_of_numbers(self, metrics: Sequence[MetricSpec]) -> None:
        """Checks that no metric compares labels."""
        for index, metric in enumerate(metrics):
            if metric.of_labels:
                got = f"found {name_of('metric', type(metric))!r}"
                self.add(("metrics", index), got, "Expected a metric of numbers, not of labels")

    def check_split(self, split: Split, unit: str, dataset: Dataset | None = None) -> None:
        """Checks that the held-out shares leave something to train on, and that the data set has
        the columns by which it is split; `unit` is what is split: "texts".
        """
        if dataset is not None and not dataset.has_columns and isinstance(split, RowSplit):
            for key, column in split.columns.items():
                self._check_group(dataset, key, column)
        if split.validation + split.test >= 1:
            expected = f"Expected fractions that leave {unit} to train on"
            self.add("data.split", "validation and test take everything", expected)

    def _check_group(self, dataset: Dataset, key: str, column: str) -> None:
        """Checks a column by which a data set without columns is split."""
        groups = dataset.groups if key == "group" else ()
        if column in groups:
            return
        name, tables = name_of("dataset", type(dataset)), ", ".join(_tables())
        got = f"found {column!r}, but the data set {name} has no further columns"
        expected, hint = f"Expected one that has: {tables}", "Remove it"
        if groups:
            expected, hint = (
                f"Expected {groups[0]}, or a table",
                f"Write `data.split.group: {groups[0]}`",
            )
        self.add(f"data.split.{key}", got, expected, hint)

    def check_reads_tokens(self, first: InputSpec, place: str = "model.embedding") -> None:
        """Checks that the input layer reads whole tokens of a text."""
        reasons = {
            "none": "a text is not numbers",
            "words": "words with subwords or characters are for tagging and classification",
        }
        kind = name_of("input", type(first))
        if kind in reasons:
            expected = f"Expected an embedding or one_hot: {reasons[kind]}"
            self.add(place, f"found {kind!r}", expected)

    def check_reads_numbers(self, first: InputSpec) -> None:
        """Checks that the input layer passes numbers through."""
        if (kind := name_of("input", type(first))) != "none":
            expected = "Expected none: the data set holds numbers already"
            self.add("model.embedding", f"found {kind!r}", expected, "Remove the key")

    def check_not_unrolled(self, layers: Sequence[LayerSpec], section: str, reason: str) -> None:
        """Checks that no layer is unrolled; `reason` says why not: "over texts of any length"."""
        self._check_flag(layers, section, "unroll", f"true {reason}", "Expected false")

    def check_not_bidirectional(self, layers: Sequence[LayerSpec], section: str) -> None:
        """Checks that no layer reads backwards, over what the model is to predict."""
        expected = "A layer that reads backwards would see what it is to predict"
        got = "true in a text that is generated"
        self._check_flag(layers, section, "bidirectional", got, expected)

    def _check_flag(
        self, layers: Sequence[LayerSpec], section: str, flag: str, got: str, expected: str
    ) -> None:
        for index, layer in enumerate(layers):
            if getattr(layer, flag, False):
                kind = name_of("layer", type(layer))
                place: Place = (*section.split("."), "layers", index, kind, flag)
                self.add(place, got, expected, "Remove it")

    def check_carries_state(self, layers: Sequence[LayerSpec], section: str, hint: str) -> None:
        """Checks that every layer that reads along time has a state to carry."""
        for index, layer in enumerate(layers):
            is_pool = name_of("layer", type(layer)) == "pool"  # reported by the shapes already
            if layer.consumes_sequence and not layer.state_shapes((None, 1)) and not is_pool:
                expected = "Expected recurrent layers only, among those that read along time"
                place: Place = (*section.split("."), "layers", index)
                self.add(place, "no state to carry", expected, hint)

    def check_has_state(self, layers: Sequence[LayerSpec], section: str, reason: str) -> None:
        """Checks that at least one layer has a state; `reason` says what it is for."""
        if not any(layer.state_shapes((None, 1)) for layer in layers):
            place = (*section.split("."), "layers")
            self.add(place, "no layer with a state", f"Expected a recurrent layer, {reason}")
