"""Advises lazy Adam where it would update many rows of an embedding that no batch reads."""

from __future__ import annotations

from rnnkit.architecture import Architecture
from rnnkit.models.layers.embedding import Embedding
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Prepared
from rnnkit.training.optimizers.moments import Adam
from rnnkit.training.options import Train

LARGE = 3_000_000
"""The size of an embedding that Adam updates in about 10 ms; lazy updates of smaller ones gain
nothing.
"""


def lazy_gain(network: Network, data: Prepared, train: Train) -> list[str]:
    """A remark for each embedding of which Adam updates many more rows than a batch reads."""
    if not (tables := _large_tables(network.architecture, train)):
        return []
    read = data.train.batch_size * max(data.train.widest)
    return [
        f"{name}: Adam moves all of its {rows:,} rows at each step, and a batch reads at most"
        f" {read:,}: `{_option(train)}` moves only these"
        for name, rows in tables.items()
        if rows >= 2 * read
    ]


def lazy_advice(architecture: Architecture, train: Train) -> list[str]:
    """A remark for each large embedding, whatever its batches read."""
    return [
        f"{name}: Adam moves all of its {rows:,} rows at each step: `{_option(train)}` moves "
        f"only those that a batch reads (`train --dry-run` says how many)"
        for name, rows in _large_tables(architecture, train).items()
    ]


def _option(train: Train) -> str:
    return f"train.optimizer.{type(train.optimizer).__name__.lower()}.lazy=true"


def _large_tables(architecture: Architecture, train: Train) -> dict[str, int]:
    """The number of rows of each large embedding that Adam updates as a whole, by name."""
    optimizer, layers = train.optimizer, architecture.all_layers
    if not isinstance(optimizer, Adam) or optimizer.lazy or optimizer.gradient_accumulation_steps:
        return {}
    tied = {layer.ties for layer in layers if layer.ties}
    rows = {
        layer.name: (layer.inputs[1] or 0, layer.spec.dim)
        for layer in layers
        if isinstance(layer.spec, Embedding) and layer.spec.trainable and layer.name not in tied
    }
    return {name: count for name, (count, width) in rows.items() if count * width >= LARGE}
