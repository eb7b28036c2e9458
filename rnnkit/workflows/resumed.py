"""Checks which differences between a resumed training and its checkpoint are allowed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rnnkit.config import dump_config, parse_config
from rnnkit.config.changes import Change, changes
from rnnkit.config.on_resume import EXACT
from rnnkit.errors import RnnkitError, at
from rnnkit.platform.shell import quote
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.registry import name_of
from rnnkit.resume_command import resume_command
from rnnkit.run import RunFolder
from rnnkit.storage import read_bytes, read_json, write_json, write_text
from rnnkit.storage.schemas import Environment
from rnnkit.tasks.task import Task, task_of
from rnnkit.training.checkpoint import Checkpoint
from rnnkit.training.course import Course
from rnnkit.training.options import AUTO, DECIDED_AT_START
from rnnkit.training.progress import Progress
from rnnkit.workflows.circumstances import differences, recorded_circumstances

ACCEPTED = "configs"  # key of environment.json: checksums of the configs that resuming wrote


@dataclass(frozen=True)
class Resumed:
    """A training that is about to be resumed.

    Args:
        run: The run folder.
        checkpoint: The checkpoint from which it continues.
        task: The config from now on.
        overrides: The assignments on the command line, which `task` includes.
        allow: Whether --allow-changes was given.
    """

    run: RunFolder
    checkpoint: Checkpoint
    task: Task
    overrides: Sequence[str]
    allow: bool

    @property
    def progress(self) -> Progress:
        """The progress of the training at the checkpoint."""
        return Progress(**self.checkpoint.state["progress"])

    @cached_property
    def before(self) -> Task:
        """The config that the checkpoint was trained with; the run's config for a checkpoint of an
        earlier version, which does not hold it.
        """
        text: str | None = self.checkpoint.state.get("config")
        if text is None:
            return task_of(self.run)
        with at(f"{self.run.checkpoints}: the config of its checkpoint"):
            task = parse_config(text)
        assert isinstance(task, Task)
        return task

    @property
    def circumstances(self) -> dict[str, str]:
        """The versions, backend, device and code on which the checkpoint's numbers depend."""
        before: dict[str, str] = self.checkpoint.state.get("circumstances", {})
        return before or recorded_circumstances(self.run)

    def require_allowed(self, circumstances: dict[str, str]) -> None:
        """Checks that all differences are allowed, and logs those that have an effect.

        Args:
            circumstances: The circumstances of this process.

        Raises:
            RnnkitError: If a difference is not allowed, or only with --allow-changes.
        """
        before = self.before
        all_changes = changes(before, self.task)
        for change in all_changes:
            self._require_possible(change)
        self._require_long_enough()
        conditional = differences(self.circumstances, circumstances)
        edits = [str(change) for change in self._edits(before) if not self._is_free(change)]
        if edits:
            conditional.append(f"{self.run.config.name} was edited ({'; '.join(edits)})")
        conditional += [
            str(change)
            for change in all_changes
            if change.decision.when == "asked" and str(change) not in edits
        ]
        self.require_permission(conditional)
        epoch = self.progress.epoch + 1 + bool(self.progress.batch)
        for change in all_changes:
            if change.decision.when == "from here":
                log.info(
                    f"{change}: applies from here on, so the run differs from one that had it from"
                    " the start"
                )
            elif change.decision.when == "epoch":
                log.info(f"{change}: applies from epoch {epoch} on")

    def require_permission(self, conditional: Sequence[str]) -> None:
        """Warns of differences that --allow-changes allows.

        Raises:
            RnnkitError: If there are some, and --allow-changes was not given.
        """
        if not conditional:
            return
        listed = "; ".join(conditional)
        if not self.allow:
            raise RnnkitError(
                str(self.run),
                f"differs from what its checkpoint was trained with: {listed}",
                "Expected the same, for a training that continues exactly",
                "Restore it, or add --allow-changes to continue with it",
            )
        log.warning(f"continues with changes, so not exactly as it began: {listed}")

    def keep_config(self) -> None:
        """Writes config.yaml if it has changed.

        Its checksum is recorded first, so that it does not count as edited by hand if the process
        is killed in between.
        """
        text = dump_config(self.task)
        if text == read_bytes(self.run.config).decode():
            return
        environment = read_json(self.run.environment, "backend", kind=Environment)
        accepted = [*environment.get(ACCEPTED, ()), _checksum(text)]
        write_json(self.run.environment, {**environment, ACCEPTED: list(dict.fromkeys(accepted))})
        write_text(self.run.config, text)

    def remark_rates(self, course: Course, progress: Progress) -> None:
        """Logs how the learning rates change from now on."""
        before = Course(self.before.train, course.steps)
        old_rate, new_rate = before.rate(progress), course.rate(progress)
        schedule = self.task.train.schedule
        if before.options.schedule == schedule and before.differs(course, progress):
            name, end = name_of("schedule", type(schedule)), course.epochs(progress)
            log.info(f"the {name} schedule now ends at epoch {end}")
        if old_rate != new_rate:
            log.info(f"the learning rate is {new_rate:.4g} now, not {old_rate:.4g}")

    def _edits(self, before: Task) -> list[Change]:
        """The changes that were made to config.yaml by hand."""
        text = read_bytes(self.run.config).decode()
        environment = read_json(self.run.environment, "backend", kind=Environment)
        if _checksum(text) in environment.get(ACCEPTED, ()):
            return []
        return changes(before, task_of(self.run))

    def _is_free(self, change: Change) -> bool:
        """Whether an edit needs no permission, or is on the command line as well."""
        return change.decision.when in ("exact", "same data") or bool(self._override(change))

    def _override(self, change: Change) -> str | None:
        """The assignment that made a change; None for a change in config.yaml."""
        for override in reversed(self.overrides):
            key = override.partition("=")[0]
            if f"{change.key}.".startswith(f"{key}.") or f"{key}.".startswith(f"{change.key}."):
                return override
        return None

    def _error(self, change: Change, got: str, expected: str, hint: str) -> RnnkitError:
        override = self._override(change)
        where = f"command line: {override}" if override else f"{self.run.config}: {change}"
        return RnnkitError(where, got, expected, hint)

    def _require_possible(self, change: Change) -> None:
        """Refuses a change that is never allowed, or not within an epoch."""
        decision, override = change.decision, self._override(change)
        if decision.when == "refused":
            command = f"rnnkit train {quote(str(self.run))}"
            if override:
                command += f" {quote(override)}"
            if self._keeps_weights(change):
                command += f" --init-from {quote(str(self.run))}"
            hint = f"Train a new run: `{command}`"
            expected = f"Expected {change.before}: {decision.reason}"
            raise self._error(change, "cannot be changed in a resumed run", expected, hint)
        if change.after == AUTO and change.key.removeprefix("train.") in DECIDED_AT_START:
            expected = f"Expected a number: the run began with {change.before}"
            hint = f"Write `{change.key}={change.before}`"
            raise self._error(change, "auto, in a resumed run", expected, hint)
        steps, progress = self.checkpoint.state.get("steps"), self.progress
        if decision.when == "epoch" and progress.batch and progress.batch != steps:
            done = counted(progress.batch, "step")
            done = f"{progress.batch} of {counted(steps, 'step')}" if steps else done
            got = f"cannot be changed within an epoch: {done} done"
            expected = f"Expected {change.before} until it ends: {decision.reason}"
            raise self._error(change, got, expected, f"Run `{self._to_end_of_epoch()}` first")

    def _to_end_of_epoch(self) -> str:
        """The command that resumes the training until the epoch ends."""
        words = [f"train.epochs={self.progress.epoch + 1}"]
        words += ["train.max_steps=null"] if self.task.train.max_steps else []
        return resume_command(self.run, *words)

    def _keeps_weights(self, change: Change) -> bool:
        """Whether a model with this change can start from the weights of the run."""
        if change.key.startswith("train."):
            return True
        if not change.key.startswith("model."):
            return False
        with contextlib.suppress(RnnkitError):
            codec = self.task.load_codec(self.run)
            shapes = [
                task.network(codec).architecture.weight_shapes()
                for task in (self.before, self.task)
            ]
            return shapes[0] == shapes[1]
        return False

    def _require_long_enough(self) -> None:
        """Refuses fewer epochs or steps than are trained already.

        Raises:
            RnnkitError: If the config has fewer.
        """
        progress, train = self.progress, self.task.train
        epochs = progress.epoch + bool(progress.batch)
        done = {"epochs": epochs, "max_steps": progress.step}
        for key, minimum in done.items():
            value = getattr(train, key)
            if value is None or value >= minimum:
                continue
            change = Change(f"train.{key}", "", str(value), EXACT)
            trained = counted(progress.epoch, "epoch")
            if progress.batch:
                trained += f" and {counted(progress.batch, 'step')} of the next"
            got = f"{trained} done" if key == "epochs" else f"{counted(progress.step, 'step')} done"
            hint = f"Write `train.{key}={minimum}`, or more"
            raise self._error(change, got, f"Expected at least {minimum}", hint)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
