"""Whether a training spends its time on rows of an embedding that its batches do not read."""

from __future__ import annotations

from rnnkit.models.layers.embedding import Embedding
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Prepared
from rnnkit.training.optimizers import Adam
from rnnkit.training.options import Train
from rnnkit.workflows.memory import widest_batch

LARGE = 3_000_000
"""Numbers of an embedding that Adam moves in some 10 ms; fewer gain nothing."""


def lazy_gain(network: Network, data: Prepared, train: Train) -> list[str]:
    """A line for each embedding of which Adam moves many more rows than a batch reads."""
    optimizer = train.optimizer
    if not isinstance(optimizer, Adam) or optimizer.lazy or optimizer.gradient_accumulation_steps:
        return []
    every = network.architecture.all_layers
    tied = {layer.ties for layer in every if layer.ties}
    read = data.train.batch_size * max(widest_batch(data.train, train.random_seed))
    kind, lines = type(optimizer).__name__.lower(), []
    for layer in every:
        if not isinstance(layer.spec, Embedding) or not layer.spec.trainable or layer.name in tied:
            continue
        rows = layer.inputs[1] or 0
        if rows * layer.spec.dim >= LARGE and rows >= 2 * read:
            lines.append(
                f"{layer.name}: Adam moves all of its {rows:,} rows at each step, and a batch"
                f" reads at most {read:,}: `train.optimizer.{kind}.lazy=true` moves these alone"
            )
    return lines
