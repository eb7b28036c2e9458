from __future__ import annotations

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.ranks.meeting import Meeting
from rnnkit.workflows.processes import training_call as module
from rnnkit.workflows.processes.training_call import TrainingCall, require_equal
from tests.helpers.meetings import meet, places


def refused(*calls: TrainingCall) -> list[str]:
    """The messages to processes with different calls."""

    def compare(meeting: Meeting) -> object:
        call = calls[meeting.rank]
        return require_equal(call, call.task(), meeting)

    answers = meet(places(len(calls)), compare)
    assert all(isinstance(answer, RnnkitError) and answer.exit_code == 2 for answer in answers)
    return [str(answer) for answer in answers]


def test_other_configs_are_refused_by_all_and_both_values_named() -> None:
    for said in refused(
        TrainingCall("fable", ["train.epochs=2"]), TrainingCall("fable", ["train.epochs=3"])
    ):
        assert "process 0 and process 1 have train.epochs 2 and 3" in said


def test_other_options_are_refused() -> None:
    (said, _) = refused(
        TrainingCall("fable", ["train.epochs=1", "train.max_steps=3"]),
        TrainingCall("fable", smoke=True),
    )
    assert "--smoke False and True" in said


def test_other_versions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = iter(["0.10.2", "0.11.0"])
    monkeypatch.setattr(module, "circumstances", lambda *_: {"jax": next(versions)})
    for said in refused(TrainingCall("fable"), TrainingCall("fable")):
        assert "have jax 0.10.2 and 0.11.0" in said or "have jax 0.11.0 and 0.10.2" in said


def test_the_same_is_taken() -> None:
    call = TrainingCall("fable", ["train.epochs=2"])
    assert meet(places(2), lambda meeting: require_equal(call, call.task(), meeting)) == [
        None,
        None,
    ]
