"""Trials of an Optuna study, which chooses their points or ends them early.

The study is in a journal or a database, which several processes and machines can share.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from rnnkit.config.changes import changes
from rnnkit.config.yaml12 import parse
from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.tasks.task import load_task
from rnnkit.workflows.sweep.heartbeats import BEATS, Heartbeats, HeartbeatWatch
from rnnkit.workflows.sweep.outcome import Outcome, is_higher_better
from rnnkit.workflows.sweep.plan import Plan
from rnnkit.workflows.sweep.points import Proposal
from rnnkit.workflows.sweep.sampler import (
    NumberedSampler,
    decode_point,
    distributions,
    pruner,
    report_interval,
)
from rnnkit.workflows.sweep.space import Point
from rnnkit.workflows.sweep.storages import open_storage, opening, using

if TYPE_CHECKING:
    import keras
    from optuna.storages import BaseStorage

CONFIG, PLACE, OUTCOME, PRUNED = "sweep", "place", "outcome", "pruned"
"""Optuna's user attributes: the config of the study; the folder id and the machine of a trial's
run; its outcome; whether it ended early.
"""

OUTCOME_FIELDS = ("run", "metric", "score", "epoch", "seconds", "problem")


class OptunaPoints:
    """The trials of an Optuna study.

    Args:
        plan: The plan of the sweep.
        storage: The storage of the study.
        study: The study.
        place: The id of the study's folder.
    """

    def __init__(self, plan: Plan, storage: BaseStorage, study: optuna.Study, place: str):
        self._plan, self._storage, self._study, self._place = plan, storage, study, place
        self._address = plan.section.storage
        self._watch = HeartbeatWatch()

    def known(self) -> Iterable[Proposal]:
        return [
            Proposal(trial.number, self._point(trial), self._is_here(trial))
            for trial in self._trials()
            if self._is_whole(trial)
        ]

    def unfinished(self) -> Iterable[Proposal]:
        for trial in self._trials():
            if trial.state.is_finished():
                continue
            is_here = self._is_here(trial)
            if not is_here and self._watch.is_alive(trial.number, trial.user_attrs.get(BEATS)):
                yield Proposal(trial.number, trial.params, is_here=False)
            elif is_here and self._is_whole(trial):
                yield Proposal(trial.number, self._point(trial))
            else:  # its process was killed before the point was drawn, or its machine is gone
                self._tell(trial.number, state=TrialState.FAIL)

    def draw(self) -> Proposal | None:
        trials = self._trials()
        lost = [t for t in trials if t.state.is_finished() and not self._is_whole(t)]
        if len(trials) - len(lost) >= self._plan.trials:
            return None
        with using(self._address):
            trial = self._study.ask(distributions(self._plan.space))
            trial.set_user_attr(PLACE, [self._place, socket.gethostname()])
        return Proposal(trial.number, decode_point(self._plan.space, trial.params))

    @contextlib.contextmanager
    def working(self, number: int) -> Iterator[Sequence[keras.callbacks.Callback]]:
        with using(self._address):
            trial_id = self._id(number)
            has_ended = self._storage.get_trial(trial_id).state.is_finished()
        is_pruning = self._plan.section.prune and not has_ended
        callbacks = [self._reporting_callback(number, trial_id)] if is_pruning else []
        if self._address is None or has_ended:  # processes that share the journal see its locks
            yield callbacks
            return
        with Heartbeats(self._storage, trial_id):
            yield callbacks

    def end(self, outcome: Outcome) -> None:
        with using(self._address):
            trial_id = self._id(outcome.number)
            fields = {name: getattr(outcome, name) for name in OUTCOME_FIELDS}
            trial = self._storage.get_trial(trial_id)
            if trial.state == TrialState.FAIL:
                log.warning(f"trial {outcome.number} was taken for lost meanwhile, and has failed")
            if trial.state.is_finished():  # its run was removed, and is trained again
                return
            self._storage.set_trial_user_attr(trial_id, OUTCOME, fields)
        if outcome.score is None:
            self._tell(outcome.number, state=TrialState.FAIL)
        elif self._storage.get_trial(trial_id).user_attrs.get(PRUNED):
            self._tell(outcome.number, state=TrialState.PRUNED)
        else:
            self._tell(outcome.number, outcome.score)

    def outcomes(self) -> Sequence[Outcome]:
        return [
            self._outcome(trial)
            for trial in self._trials()
            if trial.state.is_finished() and self._is_whole(trial)
        ]

    def _outcome(self, trial: FrozenTrial) -> Outcome:
        fields = trial.user_attrs.get(OUTCOME, {"run": "", "problem": "its process was killed"})
        if not self._is_here(trial) and PLACE in trial.user_attrs:
            fields = fields | {"run": f"{trial.user_attrs[PLACE][1]}:{fields['run']}"}
        is_pruned = trial.state == TrialState.PRUNED
        return Outcome(trial.number, self._point(trial), **fields, is_pruned=is_pruned)

    def _trials(self) -> list[FrozenTrial]:
        with using(self._address):
            return self._study.get_trials(deepcopy=False)

    def _is_whole(self, trial: FrozenTrial) -> bool:
        """Whether a trial has its point; else its process was killed before it was drawn."""
        return set(trial.params) >= set(self._plan.space.domains)

    def _is_here(self, trial: FrozenTrial) -> bool:
        place = trial.user_attrs.get(PLACE)
        return self._address is None if place is None else place[0] == self._place

    def _point(self, trial: FrozenTrial) -> Point:
        return decode_point(self._plan.space, trial.params)

    def _id(self, number: int) -> int:
        study_id = self._storage.get_study_id_from_name(self._study.study_name)
        return self._storage.get_trial_id_from_study_id_trial_number(study_id, number)

    def _tell(
        self, number: int, value: float | None = None, state: TrialState | None = None
    ) -> None:
        with using(self._address):
            self._study.tell(number, value, state, skip_if_finished=True)

    def _reporting_callback(self, number: int, trial_id: int) -> keras.callbacks.Callback:
        """A callback that reports scores, and ends a training that is worse than the others."""
        from keras.callbacks import Callback

        points, plan, monitor = self, self._plan, self._plan.monitor
        params = self._storage.get_trial(trial_id).params
        epochs = plan.recipe.task(decode_point(plan.space, params)).train.epochs

        class Reporting(Callback):
            def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
                row = logs or {}
                score = row.get(f"val_{monitor}", row.get(monitor))
                if score is None or (epoch + 1) % report_interval(epoch):
                    return
                try:
                    if points._is_worse(trial_id, epoch, float(score), epoch + 1 == epochs):
                        self.model.stop_training = True
                        log.info(
                            f"ended after epoch {epoch + 1} of {epochs} by --prune: its best"
                            f" {monitor} so far is worse than the median of the other trials"
                        )
                except RnnkitError as error:  # the training continues without it
                    log.warning(f"trial {number}: epoch {epoch + 1} is not reported ({error})")

        return Reporting()

    def _is_worse(self, trial_id: int, epoch: int, score: float, is_last: bool) -> bool:
        """Reports the score of an epoch; returns whether to end the trial early."""
        with using(self._address):
            self._storage.set_trial_intermediate_value(trial_id, epoch, score)
            if is_last:
                return False
            trial = self._storage.get_trial(trial_id)
            if trial.user_attrs.get(PRUNED):  # its process was killed before it could stop
                return True
            if not self._study.pruner.prune(self._study, trial):
                return False
            self._storage.set_trial_user_attr(trial_id, PRUNED, True)
            return True


def open_study(
    plan: Plan, folder: Path, points: Sequence[Point]
) -> tuple[BaseStorage, optuna.Study]:
    """Opens the study in the plan's storage, or creates it.

    Args:
        plan: The plan of the sweep.
        folder: The folder of the study, with the default storage, for which the process must hold
            the study's lock.
        points: The points of the trials, by number; empty if TPE chooses them.

    Raises:
        RnnkitError: If the storage cannot be opened, or holds another study of this name.
    """
    address, task = plan.section.storage, plan.recipe.task({})
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = open_storage(address, folder)
    with opening(address, folder):
        study = optuna.create_study(
            storage=storage,
            study_name=plan.name,
            direction="maximize" if is_higher_better(plan.monitor) else "minimize",
            sampler=NumberedSampler(plan.space, plan.section.random_seed, points),
            pruner=pruner(task.train.epochs) if plan.section.prune else optuna.pruners.NopPruner(),
            load_if_exists=True,
        )
        stored = study.user_attrs.get(CONFIG)
        is_new = stored is None and not study.get_trials(deepcopy=False)
        if is_new:
            study.set_user_attr(CONFIG, plan.config_text)
    if not is_new and stored != plan.config_text:
        raise _other_study(plan, stored)
    return storage, study


def _other_study(plan: Plan, stored: object) -> RnnkitError:
    """The error that the storage holds a study with another config."""
    differences = ""
    with contextlib.suppress(RnnkitError):
        then, now = (
            load_task(parse(str(text), "study").tree, environment=False)
            for text in (stored, plan.config_text)
        )
        differences = "; ".join(str(change) for change in changes(then, now))
    got = f"it holds another study {plan.name!r}" + (f" ({differences})" if differences else "")
    hint = "Name another file, or another study: `--name NAME`"
    return RnnkitError("--storage", got, "Expected that of the same config and keys", hint)
