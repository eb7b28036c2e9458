"""Hints about the sections of a config work."""

from __future__ import annotations

import pytest

from tests.cures.mistakes import (
    Case,
    base,
    require_cured,
    series,
)

PAIRS = "{dataset: {pairs: {path: p.tsv}}, split: 0}"
NUMBERS = "{dataset: {numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9]}}"


def texts(settings: str = "", more: str = "") -> str:
    """A `data:` section of labelled texts."""
    columns = f"path: a.csv, text: text, label: label{settings}"
    return f"{{dataset: {{csv: {{{columns}}}}}{more}}}"


def tagger(data: str = "{dataset: {tagged: {sentences: [a/X b/Y]}}}", embedding: str = "3") -> str:
    return base("tagging", data, f"{{embedding: {embedding}, layers: [gru: 3]}}")


def classifier(settings: str = "", data: str = "", model: str = "gru: 3") -> str:
    text = texts(settings, f", split: 0{data}")
    return base("classification", text, f"{{embedding: 4, layers: [{model}]}}")


def translator(decoder: str) -> str:
    encoder = "{embedding: 3, layers: [gru: 3]}"
    return base("seq2seq", PAIRS, f"{{encoder: {encoder}, decoder: {decoder}}}")


def words(settings: str) -> str:
    return f"{{words: {{dim: 4, {settings}}}}}"


CONFIGS = {
    "weights of a chain": base(
        "{tagging: {crf: true, class_weight: balanced}}",
        "{dataset: {tagged: {sentences: [a/X b/Y]}}}",
    ),
    "ceiling of a tagger": tagger().replace(
        "layers: [gru: 3]}",
        "layers: [gru: 3]}\ntrain: {early_stopping: {patience: 2, at_ceiling: true}}",
    ),
    "no task": "data: {dataset: fable}\nmodel: {embedding: 4, layers: [gru: 3]}\n",
    "empty": "\n",
    "tied, one-hot": base(model="{embedding: one_hot, layers: [gru: 128], tie_weights: true}"),
    "tied decoder": translator("{embedding: one_hot, layers: [gru: 128], tie_weights: true}"),
    "fixed random vectors": base(model="{embedding: {dim: 4, trainable: false}, layers: [gru: 3]}"),
    "two encoders of words": tagger(embedding=words("subwords: {}, characters: {}")),
    "delimiter of one label": classifier(", label_delimiter: ';'"),
    "separator of one text": classifier(", text_separator: '. '"),
    "two decimal marks": series("path: a.csv, target: x, thousands: '.', separator: ';'"),
    "two thousands marks": series("path: a.csv, target: x, thousands: ',', decimal: ','"),
    "step as pandas has it": series("path: a.csv, target: x, time: t, resample: 1Q"),
    "step in words": series("path: a.csv, target: x, time: t, resample: 10 days"),
    "zone": series("path: a.csv, target: x, time: t, time_zone: Europe/Berln"),
    "group and time": base(
        "classification",
        texts("", ", split: {validation: 0.2, group: g, time: t}"),
    ),
    "last and group": base(
        "classification",
        texts("", ", split: {validation: 0.2, group: g, method: last}"),
    ),
    "last and time": base(
        "classification",
        texts("", ", split: {validation: 0.2, time: t, method: last}"),
    ),
    "columns of a folder": base(
        "classification", "{dataset: {folder: .}, split: {validation: 0.2, group: g}}"
    ),
    "time of a folder": base(
        "classification", "{dataset: {folder: .}, split: {validation: 0.2, time: t}}"
    ),
    "columns of lines": tagger("{dataset: {tagged_lines: a.txt}, split: {group: g}}"),
    "ceiling alone": tagger().replace(
        "layers: [gru: 3]}", "layers: [gru: 3]}\ntrain: {early_stopping: {at_ceiling: true}}"
    ),
    "no patience": base(more="train: {early_stopping: {min_delta: 0.1}}"),
    "own tokenizer": base("classification", "{dataset: imdb, tokenizer: char}"),
    "unmasked buckets": classifier(data=", mask: false"),
    "fixed without a length": classifier(data=", batching: fixed"),
    "unrolled": classifier(model="gru: {units: 3, unroll: true}"),
    "weights of texts": base("{language_model: {condition: label}}", texts(", weight: w")),
    "unrolled stream": base(
        "{language_model: {stream: true}}",
        model="{embedding: 4, layers: [gru: {units: 3, unroll: true}]}",
    ),
    "both directions": base(
        "{language_model: {stream: true}}",
        model="{embedding: 4, layers: [gru: {units: 3, bidirectional: true}]}",
    ),
    "carried condition": base(
        "{language_model: {condition: label}}",
        texts(),
        "{embedding: 4, layers: [gru: 3, conv: 3]}",
    ),
    "carried decoder": translator("{embedding: 3, layers: [gru: 3, conv: 3]}"),
    "samples of a beam": base(more="generate: {beam_size: 2, num_samples: 3}"),
    "beam and top_k": base(more="generate: {beam_size: 2, top_k: 3}"),
    "samples, greedy": base(more="generate: {num_samples: 3}"),
    "class weight": base("{classification: {class_weight: balancd}}", texts()),
    "class weight of a label": base(
        "{classification: {class_weight: {goood: 2}}}",
        texts("", ", labels: [good, bad]"),
    ),
    "choice": classifier(data=", truncating: prre"),
    "vector after a sequence": tagger().replace("gru: 3", "gru: 3, pool: max"),
    "lowercase numbers": base(
        "tagging",
        "{dataset: {arrays: a.npz}, words: {digits: zero}}",
        "{embedding: none, layers: [gru: 3]}",
    ),
    "cleaned numbers": base(
        "classification",
        "{dataset: {arrays: a.npz}, max_length: 3}",
        "{embedding: none, layers: [gru: 3]}",
    ),
}
BY_HAND: dict[str, tuple[str, tuple[str, ...]]] = {
    "neither window nor stream": (
        base("{language_model: {}}"),
        (
            base(),
            base("{language_model: {stream: true}}"),
            base("{language_model: {condition: label}}", texts()),
        ),
    ),
    "tied size": (
        base(model="{embedding: 4, layers: [gru: 3], tie_weights: true}"),
        (
            base(model="{embedding: 4, layers: [gru: 4], tie_weights: true}"),
            base(model="{embedding: 4, layers: [gru: 3, dense: 4], tie_weights: true}"),
        ),
    ),
    "longest subword": (
        tagger(embedding=words("subwords: {shortest: 5, longest: 3}")),
        (tagger(embedding=words("subwords: {shortest: 5, longest: 5}")),),
    ),
    "time format without time": (
        base(
            "classification",
            texts("", ", split: {validation: 0.2, time_format: '%Y'}"),
        ),
        (
            base(
                "classification",
                texts("", ", split: {validation: 0.2, time_format: '%Y', time: t}"),
            ),
            classifier(),
        ),
    ),
    "orthogonal bias": (
        base(model="{embedding: 4, layers: [gru: {units: 3, bias_initializer: orthogonal}]}"),
        (base(model="{embedding: 4, layers: [gru: {units: 3, bias_initializer: zeros}]}"), base()),
    ),
    "masked before": (
        classifier(data=", padding: pre"),
        (
            classifier(data=", padding: pre, mask: false, batching: fixed, max_length: 9"),
            classifier(data=", padding: post"),
        ),
    ),
    "no pool": (
        base("classification", texts(), "{embedding: 4, layers: [conv: 3]}"),
        (
            base(
                "classification",
                texts(),
                "{embedding: 4, layers: [conv: 3, pool: max]}",
            ),
            base(
                "classification",
                texts(),
                "{embedding: 4, layers: [conv: 3, gru: 3]}",
            ),
        ),
    ),
    "features of texts": (
        base("classification", "{dataset: {csv: {path: a.csv, text: text, features: [n]}}}"),
        (classifier(),),
    ),
    "unknown future": (
        base(
            "{forecasting: {timesteps: 2, method: recursive}}",
            "{dataset: {series: {path: a.csv, target: x, features: [y]}}}",
            "{embedding: none, layers: [gru: 3]}",
        ),
        (
            base(
                "{forecasting: {timesteps: 2, method: recursive}}",
                "{dataset: {series: {path: a.csv, target: x, features: [y], known: [y]}}}",
                "{embedding: none, layers: [gru: 3]}",
            ),
            base(
                "{forecasting: {timesteps: 2, method: recursive}}",
                "{dataset: {series: {path: a.csv, target: [x, y]}}}",
                "{embedding: none, layers: [gru: 3]}",
            ),
        ),
    ),
    "known column": (
        series("path: a.csv, target: x, known: [y]"),
        (
            series("path: a.csv, target: x, known: [y], features: [y]"),
            series("path: a.csv, target: x, known: [y], categorical: [y]"),
        ),
    ),
}
CASES = {
    **{f"config: {name}": Case(config) for name, config in CONFIGS.items()},
    **{
        f"by hand: {name}": Case(config, mended=tuple(map(Case, mended)))
        for name, (config, mended) in BY_HAND.items()
    },
}


@pytest.mark.parametrize("name", CASES)
def test_hints_about_a_section_cure_the_mistake(name: str) -> None:
    require_cured(CASES[name])
