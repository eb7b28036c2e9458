"""Small taggers that several tests ask, each trained once in a process."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rnnkit.config import parse_config
from rnnkit.tasks.tagging.task import Tagging
from tests.helpers.trained import trained_once

SMALL = """\
task: tagging
data: {dataset: {conll: t.tsv}, split: 0}
model: {embedding: 3, layers: [gru: 3]}
train: {epochs: 1, batch_size: 4}
"""

Rows = list[tuple[str, str]]
"""Sentences and their tags, both with spaces between them."""

SPANS: Rows = [("a b c", "O I-PER I-PER"), ("d e", "I-LOC B-LOC"), ("f", "O")]
PLAIN: Rows = [("the mouse", "DET NOUN"), ("it squeaks", "PRON VERB"), ("the", "DET")]

NAMES = """\
task: {tagging: {crf: true}}
data:
  dataset: {conll: {path: names.tsv, test_path: names_test.tsv}}
  words: {digits: zero}
  split: {validation: 0.2}
model:
  embedding: {words: {dim: 4, characters: {length: 6, dim: 4, layers: [{conv: 8}, {pool: max}]}}}
  layers: [{gru: {units: 8, bidirectional: true}}]
train: {learning_rate: 0.03, batch_size: 8, epochs: 20, monitor: accuracy}
"""

STEPS = """\
task: tagging
data: {dataset: {arrays: {path: steps.npz, test_path: steps.npz}}, split: {validation: 0.25}}
model: {embedding: none, layers: [{gru: {units: 6, bidirectional: true}}]}
train: {learning_rate: 0.05, batch_size: 8, epochs: 4}
"""

SEQUENCES = """\
task: classification
data: {dataset: {arrays: sequences.npz}, split: {validation: 0.25}}
model: {embedding: none, layers: [gru: 6]}
train: {learning_rate: 0.05, batch_size: 8, epochs: 4}
"""

FRAMES = (
    "{} Smith asked the mouse",
    "who saw {} Smith in {}",
    "the mouse lives in {}",
    "then {} left {} .",
    "{} said nothing at 10",
)
PERSONS, PLACES = ("Tom", "Anna", "Miriam", "Felix"), ("Rome", "Paris", "Oslo", "Ulm")


def sentences() -> list[tuple[list[str], list[str]]]:
    """Tokens and their tags in IOB1."""
    made = []
    for frame in FRAMES:
        for index in range(len(PERSONS)):
            words = iter((PLACES if "lives" in frame else PERSONS)[index:] + PLACES)
            tokens = [next(words) if token == "{}" else token for token in frame.split()]
            tags = [
                "I-PER" if token in (*PERSONS, "Smith") else "I-LOC" if token in PLACES else "O"
                for token in tokens
            ]
            made.append((tokens, tags))
    return made


def column_text(rows: list[tuple[list[str], list[str]]]) -> str:
    return "\n".join(
        "".join(f"{token}\t{tag}\n" for token, tag in zip(*row, strict=True)) for row in rows
    )


def write_rows(rows: Rows, path: str = "t.tsv") -> None:
    """A file of columns with these sentences."""
    content = column_text([(tokens.split(), tags.split()) for tokens, tags in rows])
    Path(path).write_text(content, encoding="utf-8")


def small(rows: Rows, *replacements: tuple[str, str]) -> Tagging:
    """A config whose data set is these rows, with parts of its text replaced."""
    write_rows(rows)
    text = SMALL
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    config = parse_config(text, "c.yaml")
    assert isinstance(config, Tagging)
    return config


def write_names(folder: Path) -> None:
    """Persons and places; a sentence of the test has a wrong tag."""
    (folder / "names.tsv").write_text(column_text(sentences()), encoding="utf-8")
    test = [
        (["Olga", "Smith", "saw", "Rome"], ["I-PER", "I-PER", "O", "I-LOC"]),
        (["the", "mouse", "left"], ["O", "I-PER", "O"]),
    ]
    (folder / "names_test.tsv").write_text(column_text(test), encoding="utf-8")
    (folder / "names.yaml").write_text(NAMES, encoding="utf-8")


def arrays() -> tuple[np.ndarray, np.ndarray]:
    """A noisy switch that is on or off, and a feature that says nothing: (32, 10, 2), and (32, 10)
    which of both it is.
    """
    generator = np.random.default_rng(1)
    on = np.cumsum(generator.random((32, 10)) < 0.2, axis=1) % 2
    return (
        np.stack(
            [on + generator.normal(0, 0.4, on.shape), generator.normal(5, 3, on.shape)], axis=-1
        ),
        on,
    )


def write_steps(folder: Path) -> None:
    x, on = arrays()
    np.savez(folder / "steps.npz", x=x, y=on, names=["off", "on"])
    (folder / "steps.yaml").write_text(STEPS, encoding="utf-8")


def write_sequences(folder: Path) -> None:
    x, on = arrays()
    np.savez(folder / "sequences.npz", x=x, y=on[:, -1])
    (folder / "sequences.yaml").write_text(SEQUENCES, encoding="utf-8")


trained, copied = trained_once(
    {"names": write_names, "steps": write_steps, "sequences": write_sequences}
)
