"""Small encoder-decoders on a few pairs, for several tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnkit.config import parse_config
from rnnkit.engine.forward import Engine
from rnnkit.tasks.prepared import Prepared, Source
from rnnkit.tasks.seq2seq.data import PairCodec, PairPart
from rnnkit.tasks.seq2seq.predictor import Seq2SeqPredictor
from rnnkit.tasks.seq2seq.task import Seq2Seq
from tests.helpers.random_models import random_weights

PAIRS = [
    ("I am cold.", "J'ai froid."),
    ("I am here.", "Je suis ici."),
    ("He is here!", "Il est ici !"),
    ("Go.", "Va !"),
    ("go.", "Allez !"),
    ("She is cold.", "Elle a froid."),
    ("We are here.", "Nous sommes ici."),
    ("Who is it?", "Qui est-ce ?"),
]
ENCODER: dict[str, Any] = {"embedding": 3, "layers": [{"gru": {"units": 3, "bidirectional": True}}]}
DECODER: dict[str, Any] = {"embedding": 3, "layers": [{"lstm": 4}]}

Data = Prepared[PairCodec, PairPart]


def write_pairs(name: str, pairs: Sequence[tuple[str, str]]) -> str:
    """A table of sources and targets."""
    rows = "".join(f"{source}\t{target}\n" for source, target in pairs)
    Path(name).write_text(f"source\ttarget\n{rows}", encoding="utf-8")
    return name


def seq2seq(
    pairs: Sequence[tuple[str, str]] = PAIRS,
    *,
    validation: Sequence[tuple[str, str]] = (),
    encoder: Any = ENCODER,
    decoder: Any = DECODER,
    attention: Any = "additive",
    generate: Any = None,
    split: Any = None,
    **data: Any,
) -> Seq2Seq:
    """A checked config on a few pairs."""
    dataset = {"path": write_pairs("pairs.tsv", pairs)}
    if validation:
        dataset["validation_path"] = write_pairs("valid.tsv", validation)
    config = parse_config(
        {
            "task": "seq2seq",
            "data": {"dataset": {"pairs": dataset}, "split": split or {"validation": 0}, **data},
            "model": {"encoder": encoder, "decoder": decoder, "attention": attention},
            "train": {"batch_size": 3},
            "generate": {"max_new_tokens": 5, **(generate or {})},
        }
    )
    assert isinstance(config, Seq2Seq)
    return config


def random_predictor(task: Seq2Seq, seed: int = 1) -> tuple[Seq2SeqPredictor, Data]:
    """A model with random weights, and its data."""
    data = task.prepare(Source())
    architecture = task.network(data.codec).architecture
    outputs = Engine(architecture, random_weights(architecture, seed))
    return task.predictor(data.codec, outputs), data
