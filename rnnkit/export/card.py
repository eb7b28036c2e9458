"""A model card: README.md with the front matter that the Hugging Face hub reads."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from rnnkit.errors import RnnkitError
from rnnkit.escapes import visible
from rnnkit.export.limits import limits
from rnnkit.export.target import Model, Target
from rnnkit.quantities import counted
from rnnkit.registry import name_of
from rnnkit.storage import read_json, write_text
from rnnkit.storage.schemas import Environment, Scores
from rnnkit.tasks.capabilities import Forecasts, Generates, GeneratesFromCondition, Translates
from rnnkit.tasks.evaluation import COUNTS, OWN, PUBLISHED

PIPELINES = {
    "classification": "text-classification",
    "forecasting": "time-series-forecasting",
    "language_model": "text-generation",
    "seq2seq": "translation",
    "tagging": "token-classification",
}
"""The name of each task on the hub."""

Rows = Sequence[Sequence[str]]
ByPart = dict[str, dict[str, dict[str, float | None]]]


@dataclass(frozen=True)
class Facts:
    """The facts of a model card.

    Args:
        model: The model.
        scores: The content of metrics.json: by part, row and metric.
        environment: The content of environment.json.
        dataset: The data set's name; "" if the task has none.
    """

    model: Model
    scores: ByPart
    environment: dict[str, Any]
    dataset: str

    @property
    def name(self) -> str:
        return self.model.run.path.resolve().name


class Card(Target):
    """A page about a model: its layers, scores, limits and training."""

    summary: ClassVar[str] = "a model card: README.md as the Hugging Face hub reads it"
    suffix: ClassVar[str] = ".md"

    def file_name(self, model: Model) -> str:
        return "README.md"

    def write(self, model: Model, path: Path) -> None:
        write_text(path, card_text(model))


def card_text(model: Model) -> str:
    """The whole card.

    Raises:
        RnnkitError: If metrics.json or environment.json is damaged.
    """
    import yaml

    facts = _facts(model)
    front = yaml.safe_dump(_front_matter(facts), sort_keys=False, allow_unicode=True)
    sections = [f"---\n{front}---", *_sections(facts)]
    return "\n\n".join(sections) + "\n"


def _facts(model: Model) -> Facts:
    scores: ByPart = {}
    if model.run.metrics.exists():
        scores = read_json(model.run.metrics, kind=Scores)
    dataset = model.task.dataset
    name = name_of("dataset", type(dataset)) if dataset else ""
    try:
        environment = read_json(model.run.environment, kind=Environment)
    except RnnkitError:
        if model.run.environment.exists():
            raise
        environment = {}  # a pulled run has none
    return Facts(model, scores, environment, name)


def _front_matter(facts: Facts) -> dict[str, Any]:
    task = facts.model.task.name()
    front: dict[str, Any] = {"library_name": "rnnkit", "tags": ["rnnkit", "keras", "rnn"]}
    if pipeline := PIPELINES.get(task):
        front["pipeline_tag"] = pipeline
    results = [
        {
            "task": {"type": PIPELINES.get(task, "other"), "name": facts.model.task.kind()},
            "dataset": {"type": facts.dataset, "name": facts.dataset, "split": part},
            "metrics": [
                {"type": metric, "value": value, "name": metric}
                for metric, value in by_who[OWN].items()
                if metric not in COUNTS and value is not None and math.isfinite(value)
            ],
        }
        for part, by_who in facts.scores.items()
        if by_who.get(OWN) and facts.dataset
    ]
    if results:
        front["model-index"] = [{"name": facts.name, "results": results}]
    return front


def _sections(facts: Facts) -> Iterator[str]:
    yield f"# {_plain(facts.name)}"
    yield _summary(facts)
    yield "## Scores"
    yield from _scores(facts)
    yield "## Limits"
    yield "\n".join(f"- {_plain(limit)}" for limit in limits(facts.model, facts.scores))
    yield "## How to use it"
    yield from _use(facts)
    yield "## The model"
    yield _layers(facts)
    yield "## How it was trained"
    yield _training(facts)


def _summary(facts: Facts) -> str:
    model, parameters = facts.model, sum(array.size for array in facts.model.weights.values())
    data = f" of the data set `{facts.dataset}`" if facts.dataset else ""
    kind = model.task.kind().replace("_", " ").removesuffix(" model")
    library = "rnnkit, a toolkit for recurrent models on Keras"
    return f"A {kind} model{data}, {counted(parameters, 'parameter')}, trained by {library}."


def _scores(facts: Facts) -> Iterator[str]:
    if not any(facts.scores.values()):
        yield f"It has not been scored. `rnnkit evaluate {facts.name}` does so."
    for part, by_who in facts.scores.items():
        names = [name for scores in by_who.values() for name in scores if name not in COUNTS]
        names = list(dict.fromkeys(names))
        rows = [
            [who, *("" if scores.get(name) is None else f"{scores[name]:.4g}" for name in names)]
            for who, scores in by_who.items()
        ]
        yield f"On the {_plain(part)} part, compared with simple methods on the same data:"
        yield _table(["", *names], rows)
    published = facts.model.task.published
    if published and PUBLISHED in facts.scores.get(published.part, {}):
        yield _plain(f"Published ({published.part}): {published.source}")


def _use(facts: Facts) -> Iterator[str]:
    yield "```sh\npip install rnnkit\n" + "\n".join(_commands(facts)) + "\n```"
    yield (
        "Answers need neither Keras nor TensorFlow. `model.keras`, where there is one, opens with"
        " plain Keras; its outputs are logits."
    )


def _commands(facts: Facts) -> Iterator[str]:
    """The shell commands that use the run, in the folder above it."""
    predictor, run = facts.model.predictor, shlex.quote(f"./{facts.name}")
    if isinstance(predictor, Forecasts):
        yield f"rnnkit forecast {run}"
    elif isinstance(predictor, GeneratesFromCondition):
        yield f"rnnkit generate {run} --condition CONDITION"
    elif isinstance(predictor, Generates | Translates):
        yield f"rnnkit generate {run} --seed 'TEXT'"
    yield f"rnnkit predict {run} --input FILE --output answers.csv"


def _layers(facts: Facts) -> str:
    rows = [
        [layer.name, layer.kind, str(layer.outputs), f"{layer.parameters or 0:,}"]
        for layer in facts.model.architecture.all_layers
    ]
    return _table(["layer", "kind", "output", "parameters"], rows)


def _training(facts: Facts) -> str:
    environment = facts.environment
    libraries = ", ".join(
        f"{name} {version}" for name, version in environment.get("libraries", {}).items()
    )
    train = facts.model.task.train
    rows = [
        ["epochs", f"{train.epochs}, batches of {train.batch_size}"],
        ["optimizer", f"{name_of('optimizer', type(train.optimizer))}, {train.learning_rate:g}"],
        ["weights", f"those of the best epoch by {train.monitor}"],
        ["rnnkit", str(environment.get("rnnkit", ""))],
        ["python", str(environment.get("python", ""))],
        ["backend", str(environment.get("backend", ""))],
        ["libraries", libraries],
    ]
    table = _table(["", ""], [row for row in rows if row[1]])
    return (
        f"{table}\n\nEvery key is in `config.yaml`, which `rnnkit train config.yaml` trains anew."
    )


def _table(header: Sequence[str], rows: Rows) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text if text == "---" else _plain(text)


def _plain(text: str) -> str:
    """A line with the special characters of Markdown and HTML escaped."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", visible(text))
