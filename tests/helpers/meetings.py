"""Processes that meet, as threads of this one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence

from rnnkit.errors import RnnkitError
from rnnkit.ranks.meeting import Meeting, met
from rnnkit.ranks.place import Place

Work = Callable[[Meeting], object]


def places(number: int, wait: int = 20) -> list[Place]:
    """The places of all processes of a training, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    return [Place(number, rank, address, wait) for rank in range(number)]


def meet(places: Sequence[Place], work: Work) -> list[object]:
    """The result of each process once all are connected, or its error."""
    answers: list[object] = [None] * len(places)

    def take_part(index: int) -> None:
        try:
            with met(places[index]) as meeting:
                answers[index] = work(meeting)
        except RnnkitError as error:
            answers[index] = error

    threads = [threading.Thread(target=take_part, args=(index,)) for index in range(len(places))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
