"""What a score of validation depends on besides the model, as each task says it of its own keys:
held against what its data and its loss are.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from rnnkit.tasks.basis import HELD_OUT, LOSS, SETTINGS
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task, load_task
from tests.workflows.test_kills import TASKS, write_data

TAGS, TOKENS, STEPS = "the tags", "the tokens that are predicted", "the steps that are forecast"
STREAM = "stream: true, bptt: 8"
MODEL = "task.language_model"
QUANTILES = ("task.forecasting.loss=quantile",)
SEASONAL = ("data.transform=difference", "data.change_from=season", "task.forecasting.season=3")
WEIGHTS = "balanced"

CASES = [
    ("windows", f"{MODEL}.window=5", TOKENS),
    ("windows", f"{MODEL}={{{STREAM}}}", TOKENS),
    ("windows", "train.batch_size=7", ""),
    ("stream", f"{MODEL}.bptt=5", ""),
    ("stream", f"{MODEL}={{window: 3}}", TOKENS),
    ("stream", "train.batch_size=7", TOKENS),
    ("stream", "data.tokenizer=char", HELD_OUT),
    ("stream", "model.embedding=5", ""),
    ("conditioned", "data.max_length=3", HELD_OUT),
    ("conditioned", "train.batch_size=7", ""),
    ("classification", f"task.classification.class_weight={WEIGHTS}", LOSS),
    ("classification", "data.max_length=2", ""),
    ("classification", "data.clean=[numbers]", ""),
    ("classification", "data.tokenizer=char", ""),
    ("classification", "data.split.random_seed=1", HELD_OUT),
    ("tagging", f"task.tagging.class_weight={WEIGHTS}", LOSS),
    ("tagging", "task.tagging.crf=true", ""),
    ("tagging", "task.tagging.scheme=iob2", TAGS),
    ("tagging", "data.words.lowercase=true", ""),
    ("seq2seq", "data.source.tokenizer=char", ""),
    ("seq2seq", "data.source.max_length=2", HELD_OUT),
    ("seq2seq", "data.target.tokenizer=char", HELD_OUT),
    ("forecasting", "task.forecasting.timesteps=6", ""),
    ("forecasting", "task.forecasting.horizon=3", STEPS),
    ("forecasting", "task.forecasting.method=recursive", STEPS),
    ("forecasting", "task.forecasting.loss=mae", LOSS),
    ("forecasting", "task.forecasting.season=4", ""),
    ("forecasting", "data.scale=none", HELD_OUT),
]
"""A task, a key's other value, and what of the basis of `loss` that changes."""


def task_of(kind: str, *overrides: str) -> Task:
    """That of a small config whose data lie in the current folder."""
    if not Path("data").is_dir():
        write_data(Path("data"))
        tagged = [f"ann|B-PER {'lee|I-PER ' * (row % 2)}sat|O {row}|O" for row in range(40)]
        Path("data/tagged.txt").write_text("\n".join(tagged))
        pairs = [f"{' '.join(str(row))}\t{row}" for row in range(5, 150)]
        Path("data/pairs.tsv").write_text("\n".join(["source\ttarget", *pairs]))
    return load_task(yaml.safe_load(TASKS[kind].replace("DATA", "data")), overrides)


def changed(one: Task, other: Task, metric: str) -> list[str]:
    before, after = one.basis(metric), other.basis(metric)
    assert before.keys() == after.keys()
    return [name for name in before if before[name] != after[name]]


def expected_of_validation(task: Task) -> list[float]:
    """Every target that counts, in order of size."""
    validation = task.prepare(Source()).validation
    assert validation is not None
    counted = [batch.targets[batch.weights > 0].ravel() for batch in validation.in_order()]
    return sorted(np.concatenate(counted).round(6).tolist())


def require_true(one: Task, other: Task, said: str) -> None:
    """The targets of two trainings are the same where their tasks say so."""
    for metric in one.monitored:
        of_score = [said] if said and (said != LOSS or metric == "loss") else []
        assert changed(one, other, metric) == of_score
    is_same = expected_of_validation(one) == expected_of_validation(other)
    assert is_same == (said in ("", LOSS))


@pytest.mark.parametrize(("kind", "override", "said"), CASES)
def test_basis_is_that_of_the_data(kind: str, override: str, said: str) -> None:
    require_true(task_of(kind), task_of(kind, override), said)


def test_basis_of_keys_that_count_beside_others() -> None:
    """A season where changes are since the last one, quantiles where they are the loss, a window
    where series are short, a tokenizer where the longest source is counted in its tokens.
    """
    season = "task.forecasting.season=4"
    require_true(
        task_of("forecasting", *SEASONAL), task_of("forecasting", *SEASONAL, season), STEPS
    )
    quantiles = "task.forecasting.quantiles=[0.2, 0.5]"
    one, other = (task_of("forecasting", *QUANTILES, *more) for more in ((), (quantiles,)))
    require_true(one, other, LOSS)
    longest = "data.source.max_length=3"
    counted = "data.source.tokenizer=char"
    require_true(task_of("seq2seq", longest), task_of("seq2seq", longest, counted), HELD_OUT)
    rows = [f"{name},{step}" for name, size in (("a", 90), ("b", 30)) for step in range(size)]
    Path("several.csv").write_text("\n".join(["name,value", *rows]))
    series = "data.dataset={series: {path: several.csv, target: value, series: name}}"
    shorter, longer = (
        task_of("forecasting", series, f"task.forecasting.timesteps={size}") for size in (4, 28)
    )
    require_true(shorter, longer, STEPS)


@pytest.mark.parametrize("kind", TASKS)
def test_every_setting_of_a_task_has_a_case(kind: str) -> None:
    """A new one is decided, and held against the data."""
    task = task_of(kind)
    settings = type(task).model_fields["task"].annotation
    assert settings is not None
    keys = {override.partition("=")[0] for _, override, _ in CASES}
    names = {f"task.{task.name()}.{field}" for field in settings.model_fields}
    decided_by_the_data = {f"{MODEL}.condition"}
    with_others = {f"{MODEL}.stream", "task.forecasting.quantiles"}
    assert names <= keys | decided_by_the_data | with_others, names - keys


def test_basis_of_a_task_of_ones_own_is_all_that_it_reads() -> None:
    assert task_of("windows").basis("loss").keys().isdisjoint({SETTINGS})
    own = Task.basis(task_of("windows"), "loss")
    assert own != Task.basis(task_of("windows", f"{MODEL}.window=5"), "loss")
    assert own == Task.basis(task_of("windows", "model.embedding=5"), "loss")
