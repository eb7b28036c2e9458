"""Whether a peer computes what rnnkit computes, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnkit.bench import compare, ours
from rnnkit.bench.answers import answer_all, generating
from rnnkit.bench.peer import Peer
from rnnkit.bench.plain import Plain, plain
from rnnkit.bench.result import TOLERANCE
from rnnkit.bench.work import Verb, Work
from rnnkit.config import shipped_configs
from rnnkit.engine.forward import Engine
from rnnkit.tasks.task import load_task

OVERRIDES = [*compare.OVERRIDES, *compare.UNINTERRUPTED]
SMALL = [
    "model.embedding=4",
    "model.layers=[gru: 3, dropout: 0.5, lstm: {units: 3, bidirectional: true, dropout: 0.1}]",
]
STREAM = ("task.language_model={stream: true, window: null, bptt: 5}", "train.batch_size=4")


def small(*overrides: str, steps: int = 2) -> Plain:
    """A small model of the fable's windows."""
    keys = [*OVERRIDES, *SMALL, *overrides]
    return plain(load_task(shipped_configs()["fable_simple_rnn"], keys), steps)


def labelled(folder: Path) -> Plain:
    """A small model of texts that have several labels each."""
    rows = ["a b c,1,0", "f a b c d,1,1", "d e,0,0", "e f g,0,1"] * 3
    (folder / "labels.csv").write_text("\n".join(["text,x,y", *rows]), encoding="utf-8")
    table = {"path": str(folder / "labels.csv"), "text": "text", "label": ["x", "y"]}
    config = {
        "task": "classification",
        "data": {"dataset": {"csv": table}, "split": 0},
        "model": {"embedding": 4, "layers": [{"gru": 3}]},
        "train": {"batch_size": 6},
    }
    return plain(load_task(config, OVERRIDES), 2)


def travelled(work: Work, folder: Path) -> Work:
    """As a peer's process reads it."""
    work.write(folder)
    return Work.load(folder)


def assert_same(peer: Peer, model: Plain, folder: Path, *verbs: Verb) -> None:
    """Of each verb, the first units of work have the same result; of a training the second, too,
    which starts where the first one ended.
    """
    for verb in verbs:
        work = model.work(verb, passes=2, tokens=4)
        theirs = peer.prepare(travelled(work, folder))
        for result, own in zip(
            [theirs() for _ in range(1 + (verb == "train"))],
            _own(model, work, folder / "run"),
            strict=True,
        ):
            differs = compare._difference(verb, result, own, numbers=work.loss != "cross_entropy")
            assert differs <= TOLERANCE[verb], (verb, differs)


def _own(model: Plain, work: Work, run: Path) -> Sequence[Any]:
    if work.verb == "train":
        run.mkdir()
        training = ours.Training(model, run, work.passes, buckets=False)
        return [training(), training()]
    engine = Engine(model.architecture, model.weights)
    return [(generating if work.verb == "generate" else answer_all)(engine, work)()]
