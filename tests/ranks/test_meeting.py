from __future__ import annotations

import socket
import threading

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.ranks.meeting import LostError, Meeting, met
from rnnkit.ranks.place import Place
from tests.helpers.meetings import meet, places


def test_exchange_returns_the_texts_of_all_by_rank() -> None:
    answers = meet(
        places(3),
        lambda meeting: [meeting.exchange(f"{meeting.rank}"), meeting.agree([meeting.rank, -1])],
    )
    assert answers == [[["0", "1", "2"], [2, -1]]] * 3


def test_a_process_that_leaves_is_missed_by_all() -> None:
    def leave(meeting: Meeting) -> str:
        return "left" if meeting.rank == 1 else meeting.exchange("still here")[0]

    first, second, third = meet(places(3), leave)
    assert second == "left"
    assert isinstance(first, LostError) and "process 1 of 3" in first.got
    assert isinstance(third, LostError) and third.exit_code == 75


def test_a_process_that_is_gone_is_found_without_an_exchange() -> None:
    def leave(meeting: Meeting) -> int | None:
        return None if meeting.rank == 1 else meeting.missing(5)

    assert meet(places(2), leave) == [1, None]
    assert meet(places(2), lambda meeting: meeting.missing(0.3) is None)[0]


def test_missing_processes_are_named_with_the_time_to_all_others() -> None:
    came = places(4, wait=1)[:2]
    for error in meet(came, lambda _: None):
        assert isinstance(error, RnnkitError)
        assert error.exit_code == 75
        assert "within 1 s" in error.got and "2, 3" in error.got


def test_other_numbers_of_processes_are_refused_and_both_named() -> None:
    one, other = places(2)
    for error in meet([one, Place(3, 1, other.coordinator, 5)], lambda _: None):
        assert isinstance(error, RnnkitError)
        assert "one of 2" in error.got and "one of 3" in error.got


def test_a_second_process_of_the_same_rank_is_refused() -> None:
    one, other, third = places(3)
    answers: list[object] = []
    refused = threading.Event()

    def come(place: Place) -> None:
        answers.extend(meet([place], lambda _: "met"))
        refused.set()

    threads = [threading.Thread(target=come, args=(place,)) for place in (one, other, other)]
    for thread in threads:
        thread.start()
    assert refused.wait(20)
    (error,) = answers
    assert isinstance(error, RnnkitError) and "a process 1 already" in error.got
    assert meet([third], lambda _: "met") == ["met"]
    for thread in threads:
        thread.join()
    assert answers == [error, "met", "met"]


def test_a_silent_process_is_named_with_the_time() -> None:
    """A process that hangs is detected by the exchange alone."""
    over = threading.Event()

    def compare(meeting: Meeting) -> object:
        if meeting.rank == 1:
            return over.wait(20)
        try:
            return meeting.exchange("")
        finally:
            over.set()

    error, _ = meet(places(2, wait=1), compare)
    assert isinstance(error, LostError) and error.exit_code == 75
    assert "process 1 of 2 has sent nothing for 1 s" in error.got


def test_nobody_at_the_coordinator() -> None:
    with pytest.raises(RnnkitError, match=r"no process 0 at .* for 1 s") as caught:  # noqa: SIM117
        with met(places(2, wait=1)[1]):
            pass
    assert caught.value.exit_code == 75


def test_a_port_in_use() -> None:
    one, _ = places(2)
    taken = socket.create_server(one.address)
    with taken, pytest.raises(RnnkitError, match="is in use") as caught, met(one):
        pass
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("coordinator", "word"),
    [("192.0.2.1:29400", "cannot listen"), ("host", "found 'host'"), ("host:0", "found 'host:0'")],
)
def test_an_address_that_cannot_be(coordinator: str, word: str) -> None:
    with pytest.raises(RnnkitError, match=word), met(Place(2, 0, coordinator, 1)):
        pass


def test_process_numbers_are_counted_from_zero() -> None:
    with pytest.raises(RnnkitError, match="0 to 1"), met(Place(2, 2, "localhost:29400", 1)):
        pass
