"""Batched decoding: one step of the model yields the next token of all continuations."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.generation.stepper import Stepper
from rnnkit.serve.decoding import Decoding, ReadPrompt

MOST_ROWS = 256
"""The rows that are decoded at the same time; further decodings wait."""


class Cohort:
    """Decodings whose states are the rows of one batched state.

    Args:
        key: The shapes of the state of one row.
        stepper: The model.
    """

    def __init__(self, key: object, stepper: Stepper):
        self.key, self._stepper = key, stepper
        self.members: list[Decoding] = []
        self._logits: np.ndarray | None = None
        self._state: Any = None

    def add(self, decoding: Decoding, prompt: ReadPrompt) -> None:
        """Adds a decoding, which takes part from the next step on."""
        rows = np.zeros(len(decoding.rows), int)
        logits, state = prompt.logits[rows], prompt.state
        if len(rows) > 1:
            state = self._stepper.reorder(state, rows)
        if self.members and self._logits is not None:
            logits = np.concatenate([self._logits, logits])
            state = self._stepper.join([self._state, state])
        self._logits, self._state = logits, state
        self.members.append(decoding)

    def step(self) -> None:
        """Decodes the next token of each row, and removes finished decodings."""
        assert self._logits is not None
        first, rows, tokens, active = 0, list[int](), list[np.ndarray](), list[Decoding]()
        for decoding in self.members:
            places = np.arange(first, first + len(decoding.rows))
            first += len(places)
            if decoding.is_abandoned:
                decoding.save_state(
                    self._stepper.reorder(self._state, places), self._logits[places]
                )
                decoding.is_finished = True
            elif (chosen := decoding.advance(self._logits[places])) is not None:
                if not decoding.is_finished:
                    active.append(decoding)
                    rows += places.tolist()
                    tokens.append(chosen)
                else:
                    decoding.save_state(self._stepper.reorder(self._state, places), None)
        if len(active) < len(self.members):
            self._state = self._stepper.reorder(self._state, np.array(rows, int))
        self.members = active
        if active:
            self._logits, self._state = self._stepper.step(np.concatenate(tokens), self._state)


class Decoder:
    """All decodings of a run, waiting ones and cohorts."""

    def __init__(self) -> None:
        self._waiting: deque[Decoding] = deque()
        self._cohorts: list[Cohort] = []
        self.steps = [0, 0]  # the number of steps, and of rows in them

    def __len__(self) -> int:
        return len(self._waiting) + sum(len(cohort.members) for cohort in self._cohorts)

    def add(self, decoding: Decoding) -> None:
        """Adds a decoding; may be called in any thread."""
        self._waiting.append(decoding)

    def step(self) -> None:
        """Decodes the next token of each row."""
        advanced = [
            decoding for cohort in self._cohorts for decoding in cohort.members
        ] + self._admit()
        for cohort in list(self._cohorts):
            try:
                cohort.step()
            except Exception as error:
                for decoding in cohort.members:
                    decoding.fail(error)
                cohort.members = []
            if not cohort.members:
                self._cohorts.remove(cohort)
        self.steps[0] += bool(advanced)
        self.steps[1] += sum(len(decoding.rows) for decoding in advanced)
        _notify([decoding for decoding in advanced if decoding.needs_notice()])

    def _admit(self) -> list[Decoding]:
        """Reads the prompt of a waiting decoding if there is room; one in each step, so that the
        others continue.
        """
        rows = sum(len(decoding.rows) for cohort in self._cohorts for decoding in cohort.members)
        if not self._waiting or (rows and rows + len(self._waiting[0].rows) > MOST_ROWS):
            return []
        decoding = self._waiting[0]  # stays in the queue while it is read, and counts
        decoding.is_finished = decoding.is_abandoned
        prompt = None if decoding.is_abandoned else decoding.open()
        if prompt is not None:
            key = _shapes(prompt.state)
            fitting = (cohort for cohort in self._cohorts if cohort.key == key)
            cohort = next(fitting, None) or Cohort(key, prompt.stepper)
            cohort.add(decoding, prompt)
            if cohort not in self._cohorts:
                self._cohorts.append(cohort)
        self._waiting.popleft()
        return [decoding]


def _shapes(state: Any) -> object:
    if isinstance(state, np.ndarray):
        return state.shape
    return tuple(
        (name, tuple(array.shape for array in arrays)) for name, arrays in sorted(state.items())
    )


def _notify(advanced: Sequence[Decoding]) -> None:
    """Wakes the coroutines that wait for these decodings, by one call into the loop."""
    if not advanced:
        return

    def notify() -> None:
        for decoding in advanced:
            decoding.notify()

    try:
        advanced[0].loop.call_soon_threadsafe(notify)
    except RuntimeError:  # the loop has ended
        return
