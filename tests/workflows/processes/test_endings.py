from __future__ import annotations

import itertools
import signal

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.resume_command import resume_options
from rnnkit.workflows.processes.endings import Ended, ending, merged

KILLED, ABORTED, OWN_EXIT, STILL_THERE, STOPPED, DONE, WRONG = -9, 134, 75, None, 143, 0, 2
LOST = {OWN_EXIT: "process 9 of 9 is gone"}


def ended(codes: tuple[int | None, ...], number: int | None = None) -> Ended:
    endings = [ending(rank, code, LOST.get(code or 0, "")) for rank, code in enumerate(codes)]
    return Ended(endings, "runs/x y", number)


@pytest.mark.parametrize("others", [(ABORTED, OWN_EXIT), (-6, STILL_THERE), (STOPPED, DONE)])
def test_who_was_killed_is_named_whatever_the_others_end_with(
    others: tuple[int | None, ...],
) -> None:
    for codes in itertools.permutations((KILLED, *others)):
        with (
            pytest.raises(RnnkitError, match="was ended by SIGKILL") as caught,
            resume_options("--num-processes 3"),
        ):
            _ = ended(codes).code
        assert f"process {codes.index(KILLED)} " in caught.value.got
        assert caught.value.exit_code == 75
        assert caught.value.hint.endswith("train 'runs/x y' --resume --num-processes 3")


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ((OWN_EXIT, STOPPED, ABORTED), "process 1 was stopped by SIGTERM"),
        ((OWN_EXIT, STILL_THERE, ABORTED), "process 1 does not answer"),
        ((ABORTED, OWN_EXIT), "process 9 of 9 is gone"),
        ((ABORTED, -6), "another process is gone"),
        ((-40, OWN_EXIT), "process 0 was ended by signal 40"),
    ],
)
def test_who_is_gone_is_named_as_well_as_it_is_known(
    codes: tuple[int | None, ...], said: str
) -> None:
    with pytest.raises(RnnkitError, match=said) as caught:
        _ = ended(codes).code
    assert caught.value.exit_code == 75


@pytest.mark.parametrize(
    ("codes", "number", "code"),
    [
        ((DONE, DONE), None, 0),
        ((STOPPED, STOPPED), None, 143),
        ((DONE, STOPPED), signal.SIGTERM, 143),
        ((OWN_EXIT, -signal.SIGTERM), signal.SIGTERM, 143),
        ((OWN_EXIT, WRONG), None, 2),
        ((1, WRONG), None, 1),
    ],
)
def test_what_needs_no_further_word(codes: tuple[int, ...], number: int | None, code: int) -> None:
    assert ended(codes, number).code == code


def test_a_signal_that_was_asked_for_does_not_hide_a_kill() -> None:
    with pytest.raises(RnnkitError, match="process 1 was ended by SIGKILL"):
        _ = ended((STOPPED, KILLED), signal.SIGTERM).code


def test_several_machines_are_judged_as_one() -> None:
    first = Ended([ending(0, OWN_EXIT, "process 1 of 2 is gone")], "runs/x")
    with (
        pytest.raises(RnnkitError, match="process 1 was ended by SIGKILL") as caught,
        resume_options("--launcher ray"),
    ):
        _ = merged([first, Ended([ending(1, KILLED)])]).code
    assert "runs/x --resume --launcher ray" in caught.value.hint
