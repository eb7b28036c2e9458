"""Generates a text from a condition, and predicts its next token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from rnnkit.insight.question import Question
from rnnkit.models.activations import softmax
from rnnkit.tasks.capabilities import About, Explains, GeneratesFromCondition, Oov, Prompt
from rnnkit.tasks.conditioned_language_model.data import ConditionedCodec, ConditionedPart
from rnnkit.tasks.lengths import bounded
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.next_token import Guess, guesses
from rnnkit.tasks.next_token_question import Start, asked_context, stream_question
from rnnkit.tasks.playground import Choice, Continuation, Numbers, Text
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.prepared import Prepared


@dataclass(frozen=True)
class ConditionedText:
    """The beginning of a text, and its condition.

    Args:
        token_ids: The token ids of the beginning, (tokens,), which may be empty.
        condition: The encoded condition, (features,).
    """

    token_ids: np.ndarray
    condition: np.ndarray


class ConditionedPredictor(
    Predictor[ConditionedCodec, ConditionedText, np.ndarray],
    GeneratesFromCondition[ConditionedCodec, ConditionedPart],
    Explains[ConditionedText],
):
    """A conditioned language model: its query is the beginning of a text with a condition, its
    answer the probabilities of the next token, (vocabulary,).

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        defaults: The `generate:` section.
        unit: The unit of the tokenizer: "characters".
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

    def conditioned(self, text: str, condition: np.ndarray) -> ConditionedText:
        return ConditionedText(encode_text(self.codec.tokenizer, text, "error"), condition)

    def begin(self, seed: str, condition: np.ndarray | None, oov: Oov) -> Prompt:
        token_ids = encode_text(self.codec.tokenizer, seed, oov)
        stepper = StreamStepper(self.outputs, condition)
        return Prompt(stepper, self._with_start(token_ids), token_ids.tolist())

    def _with_start(self, token_ids: np.ndarray) -> np.ndarray:
        """`<start>` and the token ids of a text, (1, tokens)."""
        return np.concatenate([[self.codec.ends[0]], token_ids]).astype(np.int32)[None]

    def playground(self) -> Continuation | None:
        condition, (start, end) = self.codec.condition, self.codec.ends
        reads = Text(self.codec.tokenizer, self._unit)
        input_field: Choice | Numbers
        if isinstance(condition, LabelCondition):
            input_field = Choice(condition.labels.names)
        elif isinstance(condition, NumberCondition):
            input_field = Numbers(condition.scaler)
        else:
            return None
        temperature = self._defaults.temperature
        return Continuation(reads, None, temperature, tuple(self.banned), start, end, input_field)

    def training_text(self, data: Prepared[ConditionedCodec, ConditionedPart]) -> TrainingText:
        return TrainingText(data.parts["train"].texts.flat)

    def parse(self, text: str) -> NoReturn:
        """Raises an error, as a text alone has no condition.

        Raises:
            RnnkitError: Always, with the command to use.
        """
        got = "a model that generates text from a condition"
        raise RnnkitError(
            "", got, "Expected one that answers text", "Write `rnnkit generate --condition LABEL`"
        )

    def query(self, record: Record, column: str | None = None) -> NoReturn:
        self.parse("")

    def predict(self, queries: Sequence[ConditionedText]) -> list[np.ndarray | None]:
        return [self._next(query) for query in queries]

    def _next(self, query: ConditionedText) -> np.ndarray:
        stepper = StreamStepper(self.outputs, query.condition)
        return softmax(stepper.init_state(self._with_start(query.token_ids))[0][0])

    def answers(self, query: ConditionedText, answer: np.ndarray, top: int) -> list[Guess]:
        return guesses(self.codec.tokenizer, answer, top)

    def records(self, query: ConditionedText, answer: np.ndarray) -> list[Record]:
        return [dict(vars(guess)) for guess in self.answers(query, answer, 1)]

    def question(self, query: ConditionedText, about: About) -> Question:
        if not len(query.token_ids):
            raise RnnkitError(
                "", "an empty text", "Expected a token whose contribution is computed"
            )
        tokenizer = self.codec.tokenizer
        token_ids, target = asked_context(tokenizer, query.token_ids, 1, about)
        start = Start(self.codec.ends[:1], query.condition)
        return stream_question(tokenizer, self.outputs, token_ids, target, start)
