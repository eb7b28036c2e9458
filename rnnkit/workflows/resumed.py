"""The differences between a resumed training and its past, and which of them are allowed."""

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
from rnnkit.workflows.circumstances import differences, recorded

ACCEPTED = "configs"  # key of environment.json: checksums of config.yaml as resuming wrote it


@dataclass(frozen=True)
class Resumed:
    """A training that is about to be resumed.

    Args:
        run: Its folder.
        checkpoint: The checkpoint from which it continues.
        task: Its config from now on.
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
        """How far the training has come."""
        return Progress(**self.checkpoint.state["progress"])

    @cached_property
    def before(self) -> Task:
        """The config that the checkpoint was trained with; for checkpoints of earlier versions, the
        run's config before `keep_config`.
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
        """What else the checkpoint's numbers depend on: versions, backend, device, code."""
        before: dict[str, str] = self.checkpoint.state.get("circumstances") or recorded(self.run)
        return before

    def require_allowed(self, circumstances: dict[str, str]) -> None:
        """Checks that every difference is allowed, and logs those that have an effect.

        Args:
            circumstances: The circumstances of this process.

        Raises:
            RnnkitError: If one is not allowed, or only with --allow-changes.
        """
        before = self.before
        all_changes = changes(before, self.task)
        for change in all_changes:
            self._require_possible(change)
        self._require_enough()
        asked = differences(self.circumstances, circumstances)
        by_hand = [str(change) for change in self._edited(before) if not self._is_free(change)]
        if by_hand:
            asked.append(f"{self.run.config.name} was edited ({'; '.join(by_hand)})")
        asked += [
            str(change)
            for change in all_changes
            if change.decision.when == "asked" and str(change) not in by_hand
        ]
        self.require_asked(asked)
        epoch = self.progress.epoch + 1 + bool(self.progress.batch)
        for change in all_changes:
            if change.decision.when == "from here":
                log.info(
                    f"{change}: applies from here on, so the run differs from one that had it from"
                    " the start"
                )
            elif change.decision.when == "epoch":
                log.info(f"{change}: applies from epoch {epoch} on")

    def require_asked(self, asked: Sequence[str]) -> None:
        """Checks that differences which need --allow-changes come with it, and warns of them.

        Raises:
            RnnkitError: If they do not.
        """
        if not asked:
            return
        named = "; ".join(asked)
        if not self.allow:
            raise RnnkitError(
                str(self.run),
                f"differs from what its checkpoint was trained with: {named}",
                "Expected the same, for a training that continues exactly",
                "Restore it, or add --allow-changes to continue with it",
            )
        log.warning(f"continues with changes, so not exactly as it began: {named}")

    def keep_config(self) -> None:
        """Writes config.yaml if it has changed. Its checksum is recorded first, so that even after
        a kill in between it does not count as edited by hand.
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
        rates = [each.rate(progress) for each in (before, course)]
        kind = self.task.train.schedule
        if before.options.schedule == kind and before.differs(course, progress):
            name, end = name_of("schedule", type(kind)), course.epochs(progress)
            log.info(f"the {name} schedule now ends at epoch {end}")
        if rates[0] != rates[1]:
            log.info(f"the learning rate is {rates[1]:.4g} now, not {rates[0]:.4g}")

    def _edited(self, before: Task) -> list[Change]:
        """The changes that were made to config.yaml by hand."""
        text = read_bytes(self.run.config).decode()
        environment = read_json(self.run.environment, "backend", kind=Environment)
        if _checksum(text) in environment.get(ACCEPTED, ()):
            return []
        return changes(before, task_of(self.run))

    def _is_free(self, change: Change) -> bool:
        """Whether a change by hand needs no permission, or is on the command line as well."""
        return change.decision.when in ("exact", "same data") or bool(self._override_of(change))

    def _override_of(self, change: Change) -> str | None:
        """The assignment that a change comes from; None if it comes from config.yaml."""
        for override in reversed(self.overrides):
            key = override.partition("=")[0]
            if f"{change.key}.".startswith(f"{key}.") or f"{key}.".startswith(f"{change.key}."):
                return override
        return None

    def _error(self, change: Change, got: str, expected: str, hint: str) -> RnnkitError:
        override = self._override_of(change)
        where = f"command line: {override}" if override else f"{self.run.config}: {change}"
        return RnnkitError(where, got, expected, hint)

    def _require_possible(self, change: Change) -> None:
        decision, override = change.decision, self._override_of(change)
        if decision.when == "refused":
            again = f"rnnkit train {quote(str(self.run))}"
            if override:
                again += f" {quote(override)}"
            if self._has_these_weights(change):
                again += f" --init-from {quote(str(self.run))}"
            hint = f"Train a new run: `{again}`"
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
        words = [f"train.epochs={self.progress.epoch + 1}"]
        words += ["train.max_steps=null"] if self.task.train.max_steps else []
        return resume_command(self.run, *words)

    def _has_these_weights(self, change: Change) -> bool:
        """Whether a new run of this config can start from the weights of this one."""
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

    def _require_enough(self) -> None:
        """Refuses a training shorter than what has been trained already.

        Raises:
            RnnkitError: If it is.
        """
        progress, train = self.progress, self.task.train
        epochs = progress.epoch + bool(progress.batch)
        done = {"epochs": epochs, "max_steps": progress.step}
        for key, least in done.items():
            asked = getattr(train, key)
            if asked is None or asked >= least:
                continue
            change = Change(f"train.{key}", "", str(asked), EXACT)
            words = counted(progress.epoch, "epoch")
            if progress.batch:
                words += f" and {counted(progress.batch, 'step')} of the next"
            got = f"{words} done" if key == "epochs" else f"{counted(progress.step, 'step')} done"
            hint = f"Write `train.{key}={least}`, or more"
            raise self._error(change, got, f"Expected at least {least}", hint)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
