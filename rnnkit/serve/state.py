"""The state that the handlers of one server share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from starlette.requests import Request

from rnnkit.serve.limits import Limits
from rnnkit.serve.metrics import Metrics
from rnnkit.serve.served_runs import Models
from rnnkit.serve.sessions import Sessions
from rnnkit.serve.worker import Worker


@dataclass(frozen=True)
class Settings:
    """The settings of a server.

    Args:
        limits: The limits on requests.
        api_key: The key that a request must have; None for no key.
        hosts: The host names that a request may have; None for any.
    """

    limits: Limits = field(default_factory=Limits)
    api_key: str | None = None
    hosts: tuple[str, ...] | None = None


class State:
    """The runs, their threads, the sessions and the metrics.

    Args:
        models: The runs.
        settings: The settings of the server.
        document: Returns the OpenAPI description.
    """

    def __init__(
        self, models: Models, settings: Settings, document: Callable[[], Mapping[str, Any]]
    ):
        self.document = document
        self.models, self.settings, self.limits = models, settings, settings.limits
        self.metrics = Metrics()
        self.sessions = Sessions(settings.limits)
        self.is_stopping = False

    @cached_property
    def workers(self) -> dict[str, Worker]:
        """The worker of each run, by the run's name."""
        return {name: Worker(run, self.limits) for name, run in self.models.items()}

    def stop(self) -> None:
        """Ends the threads."""
        self.is_stopping = True
        for worker in self.workers.values():
            worker.stop()


def state_of(request: Request) -> State:
    """The state of the server that received a request."""
    state: State = request.app.state
    return state
