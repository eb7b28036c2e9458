"""The catalogue: every name that a config may use, and the class behind it.

Adding a component is one file and one line here. A user's own component is named
"my_module:MySpec".
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from typing import Any

from rnnkit.errors import RnnkitError, did_you_mean

TASKS = {
    "classification": "rnnkit.tasks.classification.task:Classification",
    "forecasting": "rnnkit.tasks.forecasting.task:Forecasting",
    "language_model": "rnnkit.tasks.language_model.task:LanguageModel",
    "seq2seq": "rnnkit.tasks.seq2seq.task:Seq2Seq",
    "tagging": "rnnkit.tasks.tagging.task:Tagging",
}

# The class that replaces a task's own where its settings have this key.
TASK_FORMS = {
    "language_model": {
        "condition": "rnnkit.tasks.conditioned_language_model.task:ConditionedLanguageModel"
    }
}

DATASETS = {
    "abc_tunes": "rnnkit.data.datasets.abc_tunes:AbcTunes",
    "abc_tunes_by_key": "rnnkit.data.datasets.abc_tunes:AbcTunesByKey",
    "adding": "rnnkit.data.datasets.adding:Adding",
    "alice": "rnnkit.data.datasets.alice:Alice",
    "arrays": "rnnkit.data.datasets.arrays:Arrays",
    "arrow": "rnnkit.data.datasets.table:Arrow",
    "brackets": "rnnkit.data.datasets.brackets:Brackets",
    "column": "rnnkit.data.datasets.column:Column",
    "conll": "rnnkit.data.datasets.conll:Conll",
    "conllu": "rnnkit.data.datasets.conllu:ConllU",
    "copying": "rnnkit.data.datasets.copying:Copying",
    "csv": "rnnkit.data.datasets.table:Csv",
    "fable": "rnnkit.data.datasets.fable:Fable",
    "folder": "rnnkit.data.datasets.folder:Folder",
    "gym": "rnnkit.data.datasets.gym:Gym",
    "imdb": "rnnkit.data.datasets.imdb:Imdb",
    "inline": "rnnkit.data.datasets.inline:Inline",
    "jsonl": "rnnkit.data.datasets.table:JsonLines",
    "labelled": "rnnkit.data.datasets.labelled:InlineLabelled",
    "memory_arrays": "rnnkit.data.datasets.memory.arrays:MemoryArrays",
    "memory_pairs": "rnnkit.data.datasets.memory.pairs:MemoryPairs",
    "memory_sentences": "rnnkit.data.datasets.memory.sentences:MemorySentences",
    "memory_series": "rnnkit.data.datasets.memory.series:MemorySeries",
    "memory_text": "rnnkit.data.datasets.memory.text:MemoryText",
    "memory_texts": "rnnkit.data.datasets.memory.texts:MemoryTexts",
    "mnist": "rnnkit.data.datasets.mnist:Mnist",
    "numbers": "rnnkit.data.datasets.numbers:Numbers",
    "pairs": "rnnkit.data.datasets.pairs:PairsFile",
    "parallel": "rnnkit.data.datasets.parallel:ParallelFiles",
    "parity": "rnnkit.data.datasets.parity:Parity",
    "parquet": "rnnkit.data.datasets.table:Parquet",
    "ptb": "rnnkit.data.datasets.lines:PennTreebank",
    "reverse_digits": "rnnkit.data.datasets.reverse_digits:ReverseDigits",
    "selective_copying": "rnnkit.data.datasets.selective_copying:SelectiveCopying",
    "series": "rnnkit.data.datasets.series:SeriesFile",
    "tagged": "rnnkit.data.datasets.tagged:InlineTagged",
    "tagged_csv": "rnnkit.data.datasets.tagged_csv:TaggedCsv",
    "tagged_jsonl": "rnnkit.data.datasets.tagged_jsonl:TaggedJsonLines",
    "tagged_lines": "rnnkit.data.datasets.tagged_lines:TaggedLines",
    "text": "rnnkit.data.datasets.text:Text",
    "tinyshakespeare": "rnnkit.data.datasets.tinyshakespeare:TinyShakespeare",
    "tsv": "rnnkit.data.datasets.table:Tsv",
    "tweets": "rnnkit.data.datasets.tweets:Tweets",
    "wikitext2": "rnnkit.data.datasets.lines:WikiText2",
}

FORMATS = {
    "arrow": "rnnkit.data.formats.arrow:Arrow",
    "conll": "rnnkit.data.formats.conll:Conll",
    "conllu": "rnnkit.data.formats.conllu:ConllU",
    "csv": "rnnkit.data.formats.csv:Csv",
    "jsonl": "rnnkit.data.formats.jsonl:JsonLines",
    "npz": "rnnkit.data.formats.npz:Npz",
    "parquet": "rnnkit.data.formats.parquet:Parquet",
    "tagged_csv": "rnnkit.data.formats.tagged_csv:TaggedCsv",
    "tagged_lines": "rnnkit.data.formats.tagged_lines:TaggedLines",
    "tsv": "rnnkit.data.formats.tsv:Tsv",
    "txt": "rnnkit.data.formats.txt:Txt",
}

TOKENIZERS = {
    "bpe": "rnnkit.data.encode.tokenizer_specs:BPE",
    "char": "rnnkit.data.encode.tokenizer_specs:Char",
    "word": "rnnkit.data.encode.tokenizer_specs:Word",
}

INPUTS = {
    "embedding": "rnnkit.models.layers.embedding:Embedding",
    "none": "rnnkit.models.layers.numeric:Numeric",
    "one_hot": "rnnkit.models.layers.one_hot:OneHot",
    "words": "rnnkit.models.layers.words:Words",
}

LAYERS = {
    "conv": "rnnkit.models.layers.conv:Conv",
    "dense": "rnnkit.models.layers.dense:Dense",
    "dropout": "rnnkit.models.layers.dropout:Dropout",
    "gru": "rnnkit.cells.gru:GRU",
    "lstm": "rnnkit.cells.lstm:LSTM",
    "min_gru": "rnnkit.cells.min_gru:MinGRU",
    "min_lstm": "rnnkit.cells.min_lstm:MinLSTM",
    "peephole_lstm": "rnnkit.cells.peephole_lstm:PeepholeLSTM",
    "pool": "rnnkit.models.layers.pool:Pool",
    "simple_rnn": "rnnkit.cells.simple_rnn:SimpleRNN",
}

INITIALIZERS = {
    name: f"rnnkit.models.initializers:{spec}"
    for name, spec in {
        "constant": "Constant",
        "glorot_normal": "GlorotNormal",
        "glorot_uniform": "GlorotUniform",
        "he_normal": "HeNormal",
        "he_uniform": "HeUniform",
        "identity": "Identity",
        "lecun_normal": "LecunNormal",
        "lecun_uniform": "LecunUniform",
        "ones": "Ones",
        "orthogonal": "Orthogonal",
        "random_normal": "RandomNormal",
        "random_uniform": "RandomUniform",
        "truncated_normal": "TruncatedNormal",
        "variance_scaling": "VarianceScaling",
        "zeros": "Zeros",
    }.items()
}

OPTIMIZERS = {
    name: f"rnnkit.training.optimizers.{spec}"
    for name, spec in {
        "adadelta": "gradients:Adadelta",
        "adafactor": "gradients:Adafactor",
        "adagrad": "gradients:Adagrad",
        "adam": "moments:Adam",
        "adamax": "moments:Adamax",
        "adamw": "moments:AdamW",
        "ftrl": "gradients:Ftrl",
        "lamb": "moments:Lamb",
        "lion": "moments:Lion",
        "muon": "muon:Muon",
        "nadam": "moments:Nadam",
        "rmsprop": "gradients:RMSprop",
        "schedulefreeadamw": "moments:ScheduleFreeAdamW",
        "sgd": "gradients:SGD",
    }.items()
}

SCHEDULES = {
    "constant": "rnnkit.training.schedules:Constant",
    "cosine": "rnnkit.training.schedules:Cosine",
    "exponential": "rnnkit.training.schedules:Exponential",
    "on_plateau": "rnnkit.training.schedules:OnPlateau",
}

SAMPLERS = {
    "min_p": "rnnkit.generation.samplers:MinP",
}

METRICS = {
    "matthews": "rnnkit.metrics.metric:Matthews",
}

BASELINES = {
    "bigram": "rnnkit.baselines.ngram:Bigram",
    "unigram": "rnnkit.baselines.ngram:Unigram",
}

TRACKERS = {
    "mlflow": "rnnkit.training.trackers.mlflow:Mlflow",
    "trackio": "rnnkit.training.trackers.trackio:Trackio",
    "wandb": "rnnkit.training.trackers.wandb:Wandb",
}

PEERS = {
    "keras": "rnnkit.bench.peers.keras:Keras",
    "keras-jax": "rnnkit.bench.peers.keras_jax:KerasOnJax",
    "onnx": "rnnkit.bench.peers.onnx:Onnx",
    "torch": "rnnkit.bench.peers.torch:Torch",
}

EXPORTS = {
    "card": "rnnkit.export.card:Card",
    "html": "rnnkit.export.html.target:Html",
    "keras": "rnnkit.export.keras:Keras",
    "litert": "rnnkit.export.tensorflow:LiteRT",
    "onnx": "rnnkit.export.onnx.target:Onnx",
    "saved_model": "rnnkit.export.tensorflow:SavedModel",
}

TABLES: dict[str, dict[str, str]] = {
    "task": TASKS,
    "dataset": DATASETS,
    "format": FORMATS,
    "tokenizer": TOKENIZERS,
    "input": INPUTS,
    "layer": LAYERS,
    "initializer": INITIALIZERS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "sampler": SAMPLERS,
    "metric": METRICS,
    "tracker": TRACKERS,
    "baseline": BASELINES,
    "peer": PEERS,
    "export": EXPORTS,
}


BASES = {
    "format": "rnnkit.data.formats.format:Format",
    "task": "rnnkit.tasks.task:Task",
    "dataset": "rnnkit.data.dataset:Dataset",
    "tokenizer": "rnnkit.data.encode.tokenizer_specs:TokenizerSpec",
    "input": "rnnkit.architecture:InputSpec",
    "layer": "rnnkit.architecture:LayerSpec",
    "initializer": "rnnkit.models.initializers:InitializerSpec",
    "optimizer": "rnnkit.training.optimizers.optimizer:OptimizerSpec",
    "schedule": "rnnkit.training.schedules:ScheduleSpec",
    "sampler": "rnnkit.generation.samplers:SamplerSpec",
    "metric": "rnnkit.metrics.metric:MetricSpec",
    "tracker": "rnnkit.training.trackers.tracker:TrackerSpec",
}
"""The base class of each kind of component; the first one that a class derives from is its kind."""

IN_MEMORY = "memory_"
"""The prefix of data sets that only a call from Python creates."""

USER_MODULES: list[str] = []
"""The modules that the user imported with `--code`."""


def offered(kind: str) -> list[str]:
    """The names of a kind that a config may use; those of data in memory are internal."""
    return sorted(name for name in TABLES[kind] if not name.startswith(IN_MEMORY))


def lookup(kind: str, name: str, where: str = "config") -> Any:
    """The class or function registered as `name` in the table of `kind`.

    Raises:
        RnnkitError: If nothing is registered under this name, or if the user's module was not
            imported with `--code`.
    """
    table = TABLES[kind]
    target = table.get(name, name if ":" in name else None)
    if target is None:
        known = offered(kind)
        raise RnnkitError(
            where,
            f"unknown {kind} {name!r}",
            f"Expected one of: {', '.join(known)}",
            did_you_mean(name, known),
        )
    module_name, attribute = target.split(":", 1)
    # Opening a run must never import code that the run names: only modules that the user imported
    # are used.
    if name not in table and module_name not in sys.modules:
        raise RnnkitError(
            where,
            f"{kind} {name!r} is in a module that is not loaded",
            "",
            f"Add `--code {module_name}.py`",
        )
    module = importlib.import_module(module_name)
    if not hasattr(module, attribute):
        raise RnnkitError(
            where,
            f"module {module_name!r} has no {attribute!r}",
            "Expected the name of a spec class",
        )
    return getattr(module, attribute)


def base_of(kind: str) -> type[Any]:
    """The base class of every component of a kind."""
    module, attribute = BASES[kind].split(":")
    base: type[Any] = getattr(importlib.import_module(module), attribute)
    return base


def task_forms(name: str, keys: Iterable[str]) -> list[Any]:
    """The classes that replace a task's default one because of keys in its settings.

    Args:
        name: The task.
        keys: The keys of its settings.
    """
    targets = [TASK_FORMS[name][key].split(":") for key in keys if key in TASK_FORMS.get(name, {})]
    return [getattr(importlib.import_module(module), attribute) for module, attribute in targets]


def name_of(kind: str, spec: type[Any]) -> str:
    """The name by which a config refers to a spec's class."""
    target = f"{spec.__module__}:{spec.__qualname__}"
    return next((name for name, registered in TABLES[kind].items() if registered == target), target)
