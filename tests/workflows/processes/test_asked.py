from __future__ import annotations

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.ranks.meeting import Meeting
from rnnkit.workflows.processes import asked as module
from rnnkit.workflows.processes.asked import Asked, require_equal
from tests.helpers.meetings import meet, places


def refused(*asked: Asked) -> list[str]:
    """What processes are told that are asked for different things."""

    def compare(meeting: Meeting) -> object:
        own = asked[meeting.rank]
        return require_equal(own, own.task(), meeting)

    answers = meet(places(len(asked)), compare)
    assert all(isinstance(answer, RnnkitError) and answer.exit_code == 2 for answer in answers)
    return [str(answer) for answer in answers]


def test_other_configs_are_refused_by_all_and_both_values_named() -> None:
    for said in refused(Asked("fable", ["train.epochs=2"]), Asked("fable", ["train.epochs=3"])):
        assert "process 0 and process 1 have train.epochs 2 and 3" in said


def test_other_options_are_refused() -> None:
    (said, _) = refused(
        Asked("fable", ["train.epochs=1", "train.max_steps=3"]), Asked("fable", smoke=True)
    )
    assert "--smoke False and True" in said


def test_other_versions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = iter(["0.10.2", "0.11.0"])
    monkeypatch.setattr(module, "circumstances", lambda *_: {"jax": next(versions)})
    for said in refused(Asked("fable"), Asked("fable")):
        assert "have jax 0.10.2 and 0.11.0" in said or "have jax 0.11.0 and 0.10.2" in said


def test_the_same_is_taken() -> None:
    own = Asked("fable", ["train.epochs=2"])
    assert meet(places(2), lambda meeting: require_equal(own, own.task(), meeting)) == [None, None]
