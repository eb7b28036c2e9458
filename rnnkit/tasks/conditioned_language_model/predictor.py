"""Generates a text from a condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from rnnkit.data.encode.conditions import LabelCondition, NumberCondition
from rnnkit.data.encode.oov import encode_text
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.formats.format import Record
from rnnkit.errors import RnnkitError
from rnnkit.generation.options import Generate
from rnnkit.generation.originality import TrainingText
from rnnkit.generation.stepper import StreamStepper
from rnnkit.tasks.capabilities import GeneratesFromCondition, Oov, Prompt
from rnnkit.tasks.conditioned_language_model.data import ConditionedCodec, ConditionedPart
from rnnkit.tasks.lengths import bounded
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.playground import Choice, Continuation, Numbers, Text
from rnnkit.tasks.predictor import Answers, Predictor
from rnnkit.tasks.prepared import Prepared


class ConditionedPredictor(
    Predictor[ConditionedCodec, str, str], GeneratesFromCondition[ConditionedCodec, ConditionedPart]
):
    """A model that generates a text from a label or from numbers.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        defaults: The `generate:` section.
        unit: What the tokenizer splits a text into: "characters".
    """

    reads = ()
    writes = ()

    def __init__(self, codec: ConditionedCodec, outputs: Outputs, defaults: Generate, unit: str):
        super().__init__(codec, outputs)
        self._defaults, self._unit = bounded(defaults, codec.longest), unit

    @property
    def defaults(self) -> Generate:
        return self._defaults

    @property
    def tokenizer(self) -> Tokenizer:
        return self.codec.tokenizer

    @property
    def asks_for(self) -> str:
        return f"some {self._unit}"

    @property
    def banned(self) -> Sequence[int]:
        return self.codec.tokenizer.unknown_id, self.codec.ends[0]

    @property
    def end_token(self) -> int:
        return self.codec.ends[1]

    def condition(self, text: str | None) -> np.ndarray:
        return self.codec.condition.parse(text)

    def begin(self, seed: str, condition: np.ndarray | None, oov: Oov) -> Prompt:
        token_ids = encode_text(self.codec.tokenizer, seed, oov)
        started = np.concatenate([[self.codec.ends[0]], token_ids]).astype(np.int32)[None]
        return Prompt(StreamStepper(self.outputs, condition), started, token_ids.tolist())

    def playground(self) -> Continuation | None:
        condition, (start, end) = self.codec.condition, self.codec.ends
        reads = Text(self.codec.tokenizer, self._unit)
        asked: Choice | Numbers
        if isinstance(condition, LabelCondition):
            asked = Choice(condition.labels.names)
        elif isinstance(condition, NumberCondition):
            asked = Numbers(condition.scaler)
        else:
            return None
        temperature = self._defaults.temperature
        return Continuation(reads, None, temperature, tuple(self.banned), start, end, asked)

    def training_text(self, data: Prepared[ConditionedCodec, ConditionedPart]) -> TrainingText:
        return TrainingText(data.parts["train"].texts.flat)

    def parse(self, text: str) -> NoReturn:
        """Raises an error: no text is answered.

        Raises:
            RnnkitError: Always, with the verb that answers.
        """
        got, expected = (
            "a model that generates text from a condition",
            "Expected one that answers text",
        )
        raise RnnkitError("", got, expected, "Write `rnnkit generate --condition LABEL`")

    def query(self, record: Record, column: str | None = None) -> NoReturn:
        self.parse("")

    def predict(self, queries: Sequence[str]) -> list[str | None]:
        return [None for _ in queries]

    def answers(self, query: str, answer: str, top: int) -> Answers:
        return []

    def records(self, query: str, answer: str) -> list[Record]:
        return []
