"""The arguments of a training by several processes, which must be equal in all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rnnkit import backend
from rnnkit.config import dump_config, parse_config
from rnnkit.config.changes import changes
from rnnkit.errors import RnnkitError
from rnnkit.names import find_config, find_run
from rnnkit.platform import system
from rnnkit.progress import quiet_stderr
from rnnkit.ranks.meeting import Meeting
from rnnkit.tasks.task import Task, load_task, task_of
from rnnkit.training.batches import require_rows
from rnnkit.workflows.circumstances import circumstances
from rnnkit.workflows.train import SMOKE, Training, resume, train

OPTION = "--num-processes"
MAX_DIFFERENCES = 5


@dataclass(frozen=True)
class TrainingCall:
    """The arguments of a training, as in `rnnkit.workflows.train`.

    Args:
        config: The config, or the run to resume.
        overrides: Assignments such as "train.epochs=3".
        resume: Whether a run is resumed.
        smoke: Whether to train for a few steps on a small built-in sample.
        init_from: The run whose weights the training starts from.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
        allow_changes: Whether a resumed run may have changed.
    """

    config: str
    overrides: Sequence[str] = ()
    resume: bool = False
    smoke: bool = False
    init_from: str | None = None
    device: str = "auto"
    backend_name: str | None = None
    allow_changes: bool = False

    def task(self) -> Task:
        """The checked config.

        Raises:
            RnnkitError: If something in it is wrong.
        """
        if self.resume:
            return task_of(find_run(self.config), self.overrides)
        return load_task(self._path, [*self.overrides, *(SMOKE if self.smoke else ())])

    @cached_property
    def _path(self) -> Path:
        """The file of the config, cached so that remarks on it are made once."""
        return find_config(self.config)

    def train(self) -> Training:
        """Trains in this process; raises as `rnnkit.workflows.train` does."""
        if self.resume:
            return resume(
                self.config,
                self.overrides,
                device=self.device,
                backend_name=self.backend_name,
                allow_changes=self.allow_changes,
            )
        return train(
            str(self._path),
            self.overrides,
            smoke=self.smoke,
            init_from=self.init_from,
            device=self.device,
            backend_name=self.backend_name,
        )

    def require_possible(self, number: int) -> None:
        """Checks that several processes can carry out the training, as far as that is known.

        Args:
            number: The number of processes.

        Raises:
            RnnkitError: If they cannot.
        """
        if system.is_windows():
            got, expected = "several processes on Windows", "Expected Linux or macOS"
            raise RnnkitError(OPTION, got, expected, "Train without it")
        if (name := backend.available(self.backend_name)) != "jax":
            got = f"several processes, but keras runs on {name}"
            raise RnnkitError(OPTION, got, "Expected --backend jax, which alone can")
        with quiet_stderr(True):  # the processes log remarks on the config
            rows = self.task().train.batch_size
        if not isinstance(rows, int):
            got, expected = "auto, of several processes", "Expected a number, the same for all"
            raise RnnkitError("train.batch_size", got, expected)
        require_rows(number, rows)


def require_equal(call: TrainingCall, task: Task, meeting: Meeting) -> None:
    """Checks that all processes have the same versions, options and config.

    Raises:
        RnnkitError: If they differ, with the differences.
    """
    config = dump_config(task)
    versions = circumstances("jax", config)
    options = {"--resume": call.resume, "--smoke": call.smoke, "--init-from": bool(call.init_from)}
    this_process = {"config": config, "versions": versions, "options": options}
    processes = [json.loads(text) for text in meeting.exchange(json.dumps(this_process))]
    first = processes[0]
    for rank, process in enumerate(processes):
        if process == first:
            continue
        differences = [
            f"{name} {first[kind].get(name)} and {process[kind].get(name)}"
            for kind in ("versions", "options")
            for name in {**first[kind], **process[kind]}
            if first[kind].get(name) != process[kind].get(name)
        ]
        differences += _config_differences(first["config"], process["config"])
        listed = "; ".join(differences[:MAX_DIFFERENCES])
        got = f"process 0 and process {rank} have {listed or 'other configs'}"
        hint = "Start all of them with the same command, config and versions"
        raise RnnkitError(OPTION, got, "Expected the same", hint)


def _config_differences(first: str, second: str) -> list[str]:
    return [
        f"{change.key} {change.before} and {change.after}"
        for change in changes(parse_config(first), parse_config(second))
    ]
