"""The runs that are served."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rnnkit.errors import RnnkitError
from rnnkit.serve.failures import Failure
from rnnkit.tasks.capabilities import Generates, GeneratesFromCondition
from rnnkit.tasks.predictor import Predictor


@dataclass(frozen=True)
class ServedRun:
    """A run that is served.

    Args:
        name: Its name in requests.
        task: The kind of its task.
        predictor: The predictor that answers.
        page: Returns its playground, a page; None if it has none.
        since: When it was opened, in seconds since 1970.
    """

    name: str
    task: str
    predictor: Predictor
    page: Callable[[], str] | None = None
    since: int = field(default_factory=lambda: int(time.time()))

    @property
    def does(self) -> list[str]:
        """The paths that answer with it."""
        paths = [] if isinstance(self.predictor, GeneratesFromCondition) else ["/v1/predict"]
        paths += ["/v1/completions"] if isinstance(self.predictor, Generates) else []
        return [*paths, f"/v2/models/{self.name}/infer"]


class Models(Mapping[str, ServedRun]):
    """The runs by their names.

    Args:
        runs: At least one.

    Raises:
        RnnkitError: If two have the same name.
    """

    def __init__(self, runs: Sequence[ServedRun]):
        self._runs: dict[str, ServedRun] = {}
        for run in runs:
            if run.name in self._runs:
                expected = "Expected runs of different names, which requests give"
                raise RnnkitError("serve", f"two runs {run.name!r}", expected)
            self._runs[run.name] = run

    def __getitem__(self, name: str) -> ServedRun:
        return self._runs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def named(self, name: str | None) -> ServedRun:
        """The run with a name; None names the only one.

        Raises:
            Failure: If there is no such run, or None could be several.
        """
        if name in self._runs:
            return self._runs[name]
        names = ", ".join(self._runs)
        if name is None:
            if len(self._runs) == 1:
                return next(iter(self._runs.values()))
            error = RnnkitError("model", "missing", f"Expected one of: {names}")
            raise Failure(400, error)
        error = RnnkitError("model", f"no model {name[:100]!r}", f"Expected one of: {names}")
        raise Failure(404, error, code="model_not_found")
