"""Small classifiers that several tests ask, each trained once in a process."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from rnnkit.config import parse_config
from rnnkit.engine.forward import Engine
from rnnkit.tasks.classification.data import ClassificationCodec
from rnnkit.tasks.classification.predictor import ClassificationPredictor
from rnnkit.tasks.classification.task import Classification
from tests.helpers.random_models import random_weights
from tests.helpers.trained import trained_once

GOOD, BAD = ("lovely", "wonderful", "clever"), ("awful", "boring", "dull")
SUBJECTS = (
    "the film",
    "a mouse",
    "that council",
    "his proposal",
    "the old bell",
    "her plan",
    "each joke",
    "this cat",
)

VERDICT = """\
task: classification
data:
  dataset: {csv: {path: verdict.csv, test_path: verdict_test.csv}}
  clean: [html, mentions]
  split: {validation: 0.25}
model: {embedding: 6, layers: [gru: 6]}
train: {learning_rate: 0.05, batch_size: 8, epochs: 5}
"""

MOODS = """\
task: {classification: {class_weight: balanced}}
data:
  dataset: {tsv: {path: moods.tsv, text: Tweet, label: [joy, anger, fear]}}
  max_length: 12
  split: {validation: 0.3}
model: {embedding: 6, layers: [{gru: {units: 5, bidirectional: true}}, {pool: max}]}
train: {learning_rate: 0.05, batch_size: 16, epochs: 4, monitor: f1}
"""

TONGUES = """\
task: classification
data: {dataset: {folder: surnames}, tokenizer: char, batching: fixed, max_length: 9, padding: pre, mask: false, split: {validation: 0.2, test: 0.2}}
model: {embedding: 6, layers: [simple_rnn: 8]}
train: {learning_rate: 0.02, batch_size: 16, epochs: 4}
"""  # noqa: E501

SPELT = """\
task: classification
data: {dataset: {csv: {path: verdict.csv, test_path: verdict_test.csv}}, tokenizer: {word: {min_frequency: 4}}, split: {validation: 0.25}}
model:
  embedding: {words: {dim: 4, word_dropout: 0.3, characters: {dim: 6, length: 7, layers: [{conv: {filters: 8, width: 3}}, {pool: max}]}}}
  layers: [{gru: {units: 5, bidirectional: true}}, {pool: max}]
train: {learning_rate: 0.05, batch_size: 8, epochs: 8}
"""  # noqa: E501


READ_BY_CHARACTERS = (
    "characters: {dim: 6, length: 7, layers: [{conv: {filters: 8, width: 3}}, {pool: max}]}"
)
PIECED = SPELT.replace(
    READ_BY_CHARACTERS, "subwords: {dim: 6, length: 20, shortest: 3, longest: 4, buckets: 500}"
)


def csv_text(rows: Sequence[tuple[str, str]]) -> str:
    return "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows)


def write_verdict(folder: Path) -> None:
    """Two labels in a CSV file; three rows of the test file have the wrong one."""
    rows = [
        (f"{subject} was {word}", label)
        for subject in SUBJECTS
        for words, label in ((GOOD, "good"), (BAD, "bad"))
        for word in words
    ]
    (folder / "verdict.csv").write_text(csv_text(rows), encoding="utf-8")
    right = [
        (f"so {word} a film", label)
        for words, label in ((GOOD, "good"), (BAD, "bad"))
        for word in words
    ]
    wrong = [
        ("what a lovely mouse", "bad"),
        ("awful", "good"),
        ("he said the awful council was awful and dull", "good"),
    ]
    (folder / "verdict_test.csv").write_text(csv_text([*right, *wrong]), encoding="utf-8")
    (folder / "verdict.yaml").write_text(VERDICT, encoding="utf-8")


def write_spelt(folder: Path) -> None:
    """The same, by words beside their characters; rarer words are known by these alone."""
    write_verdict(folder)
    (folder / "spelt.yaml").write_text(SPELT, encoding="utf-8")


def write_pieced(folder: Path) -> None:
    """The same, by words beside the pieces that they are made of."""
    write_verdict(folder)
    (folder / "pieced.yaml").write_text(PIECED, encoding="utf-8")


def write_moods(folder: Path) -> None:
    """Any of three labels, a column of zeros and ones each; anger is rare."""
    words = {"joy": "glad", "anger": "angry", "fear": "afraid"}
    lines = ["Tweet\tjoy\tanger\tfear"]
    for index, given in enumerate(itertools.product((0, 1), repeat=3)):
        for subject in SUBJECTS if not given[1] else SUBJECTS[:3]:
            felt = (
                " and ".join(word for word, one in zip(words.values(), given, strict=True) if one)
                or "nothing"
            )
            # a lone quote: plain in TSV
            lines.append(f'{subject} {index} "felt {felt}\t' + "\t".join(map(str, given)))
    (folder / "moods.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "moods.yaml").write_text(MOODS, encoding="utf-8")


def write_tongues(folder: Path) -> None:
    """A file of names for each of three languages."""
    (folder / "surnames").mkdir()
    for tongue, ending in (("Italian", "ini"), ("Greek", "opulos"), ("Polish", "owski")):
        names = [f"{first}{second}{ending}" for first in "BDGKLMPST" for second in ("a", "or")]
        (folder / "surnames" / f"{tongue}.txt").write_text(
            "\n".join(names) + "\n", encoding="utf-8"
        )
    (folder / "tongues.yaml").write_text(TONGUES, encoding="utf-8")


trained, copied = trained_once(
    {
        "verdict": write_verdict,
        "moods": write_moods,
        "tongues": write_tongues,
        "spelt": write_spelt,
        "pieced": write_pieced,
    }
)


TEXTS = "{labelled: {texts: {good: [one two, three, one three], bad: [four, five four, four six]}}}"
SMALL = f"""\
task: classification
data: {{dataset: {TEXTS}, split: 0}}
model: {{embedding: 3, layers: [simple_rnn: 3]}}
train: {{epochs: 1, batch_size: 4}}
"""


def small(*replacements: tuple[str, str]) -> Classification:
    """A small config, with texts of it replaced."""
    text = SMALL
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    task = parse_config(text, "c.yaml")
    assert isinstance(task, Classification)
    return task


RARE = [("a bad film", "bad"), *((f"a good film {index}", "good") for index in range(9))]
"""One text of ten is bad."""


def table(rows: Sequence[tuple[str, str]], *replacements: tuple[str, str]) -> Classification:
    """A config whose data set is these rows, in t.csv."""
    Path("t.csv").write_text(csv_text(rows), encoding="utf-8")
    return small((TEXTS, "{csv: t.csv}"), *replacements)


def numbered(count: int, labels: str = "ab") -> list[tuple[str, str]]:
    """Texts with the labels in turn."""
    return [(f"text number {index}", labels[index % len(labels)]) for index in range(count)]


def random_predictor(
    task: Classification, codec: ClassificationCodec, random_seed: int = 0
) -> ClassificationPredictor:
    """An untrained model, whose answers differ clearly."""
    architecture = task.network(codec).architecture
    return task.predictor(codec, Engine(architecture, random_weights(architecture, random_seed)))
