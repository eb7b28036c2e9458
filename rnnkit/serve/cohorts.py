"""Continuations that are decoded together: one step of the model for the next token of all."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.generation.stepper import Stepper
from rnnkit.serve.decoding import Begun, Decoding

MOST_ROWS = 256
"""That are decoded at the same time; further ones wait."""


class Cohort:
    """Decodings whose states are rows of one state.

    Args:
        key: The shapes of a state of one row.
        stepper: The model.
    """

    def __init__(self, key: object, stepper: Stepper):
        self.key, self._stepper = key, stepper
        self.members: list[Decoding] = []
        self._logits: np.ndarray | None = None
        self._state: Any = None

    def add(self, one: Decoding, begun: Begun) -> None:
        """Another one, from its next step on."""
        rows = np.zeros(len(one.rows), int)
        logits, state = begun.logits[rows], begun.state
        if len(rows) > 1:
            state = self._stepper.reorder(state, rows)
        if self.members and self._logits is not None:
            logits = np.concatenate([self._logits, logits])
            state = self._stepper.join([self._state, state])
        self._logits, self._state = logits, state
        self.members.append(one)

    def step(self) -> None:
        """The next token of each; those that have theirs leave."""
        assert self._logits is not None
        first, rows, tokens, staying = 0, list[int](), list[np.ndarray](), list[Decoding]()
        for one in self.members:
            own = np.arange(first, first + len(one.rows))
            first += len(own)
            if one.is_left:
                one.keep(self._stepper.reorder(self._state, own), self._logits[own])
                one.is_finished = True
            elif (chosen := one.advance(self._logits[own])) is not None:
                if not one.is_finished:
                    staying.append(one)
                    rows += own.tolist()
                    tokens.append(chosen)
                else:
                    one.keep(self._stepper.reorder(self._state, own), None)
        if len(staying) < len(self.members):
            self._state = self._stepper.reorder(self._state, np.array(rows, int))
        self.members = staying
        if staying:
            self._logits, self._state = self._stepper.step(np.concatenate(tokens), self._state)


class Decoder:
    """All decodings of a run."""

    def __init__(self) -> None:
        self._waiting: deque[Decoding] = deque()
        self._cohorts: list[Cohort] = []
        self.steps = [0, 0]  # how many, and the rows in them

    def __len__(self) -> int:
        return len(self._waiting) + sum(len(cohort.members) for cohort in self._cohorts)

    def add(self, one: Decoding) -> None:
        """Another one; from any thread."""
        self._waiting.append(one)

    def step(self) -> None:
        """The next token of each."""
        moved = [one for cohort in self._cohorts for one in cohort.members] + self._admit()
        for cohort in list(self._cohorts):
            try:
                cohort.step()
            except Exception as error:
                for one in cohort.members:
                    one.fail(error)
                cohort.members = []
            if not cohort.members:
                self._cohorts.remove(cohort)
        self.steps[0] += bool(moved)
        self.steps[1] += sum(len(one.rows) for one in moved)
        _tell([one for one in moved if one.to_tell()])

    def _admit(self) -> list[Decoding]:
        """Begins those that there is room for, one at a time so that the others go on."""
        rows = sum(len(one.rows) for cohort in self._cohorts for one in cohort.members)
        if not self._waiting or (rows and rows + len(self._waiting[0].rows) > MOST_ROWS):
            return []
        one = self._waiting[0]  # it counts while it is read
        one.is_finished = one.is_left
        begun = None if one.is_left else one.open()
        if begun is not None:
            key = _shapes(begun.state)
            fitting = (cohort for cohort in self._cohorts if cohort.key == key)
            cohort = next(fitting, None) or Cohort(key, begun.stepper)
            cohort.add(one, begun)
            if cohort not in self._cohorts:
                self._cohorts.append(cohort)
        self._waiting.popleft()
        return [one]


def _shapes(state: Any) -> object:
    if isinstance(state, np.ndarray):
        return state.shape
    return tuple(
        (name, tuple(array.shape for array in arrays)) for name, arrays in sorted(state.items())
    )


def _tell(moved: Sequence[Decoding]) -> None:
    """Wakes who waits for them, once for all."""
    if not moved:
        return

    def tell() -> None:
        for one in moved:
            one.tell()

    try:
        moved[0].loop.call_soon_threadsafe(tell)
    except RuntimeError:  # the loop has ended
        return
