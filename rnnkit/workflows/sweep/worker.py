"""Trains the trials of a study in one process, one after the other, until none is left."""

from __future__ import annotations

from rnnkit import backend
from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.training.progress import DivergedError
from rnnkit.workflows.clock import Clock
from rnnkit.workflows.sweep.points import Proposal
from rnnkit.workflows.sweep.study import Study, Trial


def work(study: Study, device: str, backend_name: str | None) -> int | None:
    """Trains trials until all are done; a trial that fails does not stop the others.

    Args:
        study: The study.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.

    Returns:
        The signal that stopped it; None if none did.

    Raises:
        RnnkitError: If the backend or the device is missing, an existing run is damaged or changed,
            or the storage is lost.
    """
    study.require_same()
    trials, done = study.plan.trials, study.done
    log.info(f"{counted(trials, 'trial')} in {study.folder}, {done} of them done")
    clock = Clock(max(1, trials - done))
    for claimed in study.claimed():
        try:
            backend.select(backend_name, device)  # before the pruning callback imports keras
            clock.begin(str(claimed.trial), study.done - done)
            signal = _train(study, claimed.trial, clock, device, backend_name)
        finally:
            claimed.give_back()
        if signal:
            return signal
    return None


def _train(
    study: Study, trial: Trial, clock: Clock, device: str, backend_name: str | None
) -> int | None:
    """Trains a trial and records its outcome; returns the signal that stopped it."""
    with study.points.working(trial.number) as callbacks:
        try:
            if trial.is_begun:  # perhaps by a study whose storage was lost
                trial.require_same()
            if not trial.is_done:  # else its process was killed before it recorded the outcome
                training = trial.train(clock, device, backend_name, callbacks)
                if training.signal:
                    return training.signal
            outcome = trial.outcome()
        except (RnnkitError, MemoryError) as error:
            problem = str(error) or type(error).__name__
            log.warning(f"{trial} failed, and is not counted ({problem})")
            # it would diverge again; any other failure is tried again by the next call
            is_final = isinstance(error, DivergedError)
            study.fail(Proposal(trial.number, trial.point), problem, is_final=is_final)
            return None
        study.points.end(outcome)
    return None
