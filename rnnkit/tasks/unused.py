"""Keys that do nothing because of another section: of the split by the data set, of layers by their
places, of the training and of answers by the layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from rnnkit.architecture import Architecture, Layer, LayerSpec
from rnnkit.cells.trained import TrainedSpec
from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused
from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.raw.split import Split
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.embedding import Embedding

ONE_WIDTH = Unused("train.num_buckets", "every batch has one width, as no row is padded")
"""Of tasks whose rows have equal lengths."""
NO_KERNEL = "no kernel computes one of the layers"


class LayeredSpec(Spec):
    """A config whose layers are known before data are read."""

    def lists_of_layers(self) -> Mapping[str, Architecture]:
        """Its lists of layers, by the sections whose `layers` they begin with."""
        return {}

    def unused(self) -> Iterator[Unused]:
        yield from _of_split(getattr(self, "data", None))
        lists = self.lists_of_layers()
        for section, architecture in lists.items():
            body = len(attrgetter(f"{section}.layers")(self))
            yield from _below(section, architecture.unused(body))
        layers = [layer for architecture in lists.values() for layer in _layers(architecture)]
        # what a layer of the user's own has inside is not known
        if layers and all(type(layer.spec).__module__.startswith("rnnkit.") for layer in layers):
            insists = attrgetter("train.kernel")(self) == "fused"
            yield from _by_layers([layer.spec for layer in layers], insists=insists)
            if not any(map(_learns_rows, lists.values())):
                yield Unused("train.optimizer.lazy", "no embedding is learned row by row")


def _of_split(data: object) -> Iterator[Unused]:
    """The keys of `data.split` that do nothing for the data set of a `data:` section."""
    dataset, split = getattr(data, "dataset", None), getattr(data, "split", None)
    if isinstance(dataset, Dataset) and isinstance(split, Split):
        yield from _below("data.split", split.unused_with(dataset.own_parts))


def _by_layers(specs: Sequence[LayerSpec], *, insists: bool) -> Iterator[Unused]:
    """The keys of other sections that do nothing for such layers.

    Args:
        specs: All layers, and those inside them.
        insists: Whether a layer that no kernel computes is refused.
    """
    trained = [spec for spec in specs if isinstance(spec, TrainedSpec)]
    if all(spec.obstacle()[0] for spec in trained) and not (insists and trained):
        yield Unused("train.kernel", NO_KERNEL)
    if not any(getattr(spec, "kernel", None) for spec in specs):
        yield Unused("generate.precision", NO_KERNEL)
    if not any(isinstance(spec, Embedding | CRF) for spec in specs):
        yield Unused("train.optimizer.exclude_embeddings", "the model has no embedding")


def _below(section: str, found: Iterable[Unused]) -> Iterator[Unused]:
    return (replace(unused, key=f"{section}.{unused.key}") for unused in found)


def _layers(architecture: Architecture) -> Iterator[Layer]:
    """The layers, and those inside them."""
    for layer in architecture.layers:
        yield layer
        if inner := layer.spec.inner():
            yield from _layers(inner)


def _learns_rows(architecture: Architecture) -> bool:
    """Whether a table has a gradient of the rows alone that a batch reads, which one that the
    output layer shares has not.
    """
    shared = {layer.ties for layer in architecture.layers}
    return any(
        isinstance(spec := layer.spec, Embedding | CRF)
        and layer.name not in shared
        # subwords have a table of their own
        and (getattr(spec, "trainable", True) or getattr(spec, "subwords", None) is not None)
        for layer in _layers(architecture)
    )
