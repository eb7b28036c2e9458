"""Answers of rnnkit's engine, or of a peer with the same interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from rnnkit.bench.work import Work
from rnnkit.generation.decode import generate
from rnnkit.generation.options import Generate
from rnnkit.generation.stepper import CarriesState, Stepper, StreamStepper, window_stepper

ANSWERED = 256
"""The batch size of answers, the same for all contenders."""


class Answers(CarriesState, Protocol):
    """The interface of the engine, which a peer may have too."""

    def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
        """The logits of each row, or of each of its steps."""


def answer_all(outputs: Answers, work: Work) -> Callable[[], Any]:
    """A unit of work that answers every row at full length."""
    size = work.batch_size if work.kind == "stream" else ANSWERED
    ends = range(size, len(work.inputs), size)
    batched = np.split(work.inputs, ends)
    if work.kind == "stream":
        return lambda: _carried(outputs, batched)
    if work.kind == "conditioned":
        contexts = np.split(work.context, ends)
        return lambda: np.concatenate(
            [continued(outputs, *pair) for pair in zip(batched, contexts, strict=True)]
        )
    return lambda: np.concatenate([outputs(inputs) for inputs in batched])


def _carried(outputs: Answers, chunks: list[np.ndarray]) -> np.ndarray:
    """The logits of consecutive chunks, with states carried from one to the next."""
    states, answers = outputs.init_state(len(chunks[0])), []
    for inputs in chunks:
        logits, states = outputs.step(inputs, states)
        answers.append(logits)
    return np.concatenate(answers)


def continued(outputs: Answers, inputs: np.ndarray, context: np.ndarray) -> np.ndarray:
    """The logits of each step, from initial states that depend on the context."""
    return outputs.step(inputs, outputs.init_state(len(inputs), context))[0]


def generating(outputs: Answers, work: Work) -> Callable[[], list[int]]:
    """A unit of work that continues the first row by greedy decoding."""
    options, seed = Generate(max_new_tokens=work.tokens), work.seed
    stepper: Stepper
    if work.kind == "last":
        stepper = window_stepper(outputs, seed.shape[1])
    else:
        stepper = StreamStepper(outputs, work.context[:1] if work.kind == "conditioned" else None)
    return lambda: [int(token[0]) for token in generate(stepper, seed, options)]
