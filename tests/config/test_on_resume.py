"""Every key of every config says what another value means for a training that is resumed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, get_args

import pytest

from rnnkit.config.changes import changes, component_of, decision_of
from rnnkit.config.on_resume import (
    EXACT,
    FROM_HERE,
    SHOWN,
    UNDECIDED,
    OnResume,
)
from rnnkit.config.spec import Spec
from rnnkit.registry import TABLES, TASK_FORMS, TASKS, lookup, task_forms
from rnnkit.tasks.task import load_task

TASK = {
    "task": {"language_model": {"window": 3}},
    "data": {"dataset": "fable"},
    "model": {"embedding": 4, "layers": [{"simple_rnn": 4}]},
}


def specs_in(annotation: Any) -> Iterator[type[Spec]]:
    """The specs that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
    for item in get_args(annotation):
        yield from specs_in(item)


def keys(
    spec: type[Spec],
    path: str = "",
    above: OnResume = UNDECIDED,
    seen: frozenset[Any] = frozenset(),
) -> Iterator[tuple[str, OnResume]]:
    """Every key below a spec, whatever component fills a place, with its decision."""
    for name, field in spec.model_fields.items():
        decision, key = decision_of(spec, name, above), f"{path}.{name}".lstrip(".")
        inner = [*specs_in(field.annotation)]
        if component := component_of(field):
            known = [lookup(component.kind, item) for item in TABLES[component.kind]]
            inner = [item for item in known if issubclass(item, tuple(inner))]
        if component or not inner or decision != UNDECIDED:
            yield key, decision
        for each in inner:
            if (each, decision) not in seen:
                below = seen | {(each, decision)}
                name = f"{key}.{each.__name__}" if component else key
                yield from keys(each, name, decision, below)


def tasks() -> list[Any]:
    forms = [form for name in TASKS for form in task_forms(name, TASK_FORMS.get(name, ()))]
    return [*(lookup("task", name) for name in TASKS), *forms]


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.__name__)
def test_decision_of_every_key(task: type[Spec]) -> None:
    decisions = dict(keys(task))
    assert len(decisions) > 100
    assert [key for key, decision in decisions.items() if decision == UNDECIDED] == []
    assert decisions["train.learning_rate"] == FROM_HERE
    assert decisions["train.batch_size"].when == decisions["train.random_seed"].when == "epoch"
    assert decisions["train.optimizer"].when == "refused"
    assert {decisions[key] for key in decisions if key.startswith("generate.")} <= {SHOWN}
    assert {decisions[key].when for key in decisions if key.startswith("model.")} == {"refused"}


def test_decision_of_own_components() -> None:
    class Silent(Spec):
        size: int = 1

    class Says(Spec):
        on_resume: ClassVar[OnResume | None] = FROM_HERE
        size: int = 1
        shown: Annotated[int, EXACT] = 1

    assert decision_of(Silent, "size") == UNDECIDED
    assert decision_of(Silent, "size", EXACT) == EXACT
    assert decision_of(Says, "size", EXACT) == FROM_HERE
    assert decision_of(Says, "shown") == EXACT
    changed = changes(Says(), Says(size=2, shown=3))
    assert [str(change) for change in changed] == ["size: 1 -> 2", "shown: 1 -> 3"]
    assert changes(Silent(), Says())[0].decision == UNDECIDED


@pytest.mark.parametrize(
    ("override", "change"),
    [
        ("model.layers.0.simple_rnn.units=5", "model.layers.0.simple_rnn.units: 4 -> 5"),
        ("model.layers=[lstm: 4]", "model.layers.0: simple_rnn -> lstm"),
        ("model.layers=[pool: max, dense: 3]", "model.layers: [simple_rnn] -> [pool, dense]"),
        ("model.embedding.dim=5", "model.embedding.dim: 4 -> 5"),
        ("task.language_model.window=4", "task.language_model.window: 3 -> 4"),
        ("train.schedule={cosine: 0.5}", "train.schedule: constant -> cosine"),
        ("train.optimizer.adam.beta_1=0.8", "train.optimizer.adam.beta_1: 0.9 -> 0.8"),
        ("train.max_steps=4", "train.max_steps: null -> 4"),
        ("data.tokenizer.word.lowercase=false", "data.tokenizer.word.lowercase: true -> false"),
        ("train.epochs=10", None),
    ],
)
def test_changes_are_named_as_they_are_written(override: str, change: str | None) -> None:
    before, after = load_task(TASK), load_task(TASK, [override])
    assert [str(item) for item in changes(before, after)] == ([change] if change else [])
