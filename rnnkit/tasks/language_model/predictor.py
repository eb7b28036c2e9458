"""Continues a text, predicts the next token, and scores each token of a text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from rnnkit.data.encode.oov import encode_text
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.formats.format import Record
from rnnkit.errors import RnnkitError
from rnnkit.generation.decode import generate
from rnnkit.generation.options import Generate
from rnnkit.generation.originality import TrainingText
from rnnkit.generation.stepper import Stepper, StreamStepper, window_stepper
from rnnkit.insight.question import Question
from rnnkit.models.activations import softmax
from rnnkit.quantities import counted
from rnnkit.tasks.capabilities import About, Explains, Generates, Oov, Prompt, ScoresTokens
from rnnkit.tasks.language_model.data import LanguageCodec, LanguagePart
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.next_token import Guess, guesses
from rnnkit.tasks.next_token_question import asked_context, stream_question, window_question
from rnnkit.tasks.playground import Continuation, Text
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.prepared import Prepared

COMPARED = 10_000_000  # tokens of the training text that are searched for copies
BEGUN = 12  # tokens after which a text is the model's own, whatever it began with
SHOWN = 4  # tokens of a playground's example


class LanguagePredictor(
    Predictor[LanguageCodec, np.ndarray, np.ndarray],
    Generates[LanguageCodec, LanguagePart],
    ScoresTokens,
    Explains[np.ndarray],
):
    """A language model: its query is the token ids of a text, its answer the probabilities of the
    next token, (vocabulary,).

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        steps: The number of tokens in a window, or in a chunk of a stream.
        defaults: The `generate:` section.
        unit: The unit of the tokenizer: "words".
    """

    reads = ()
    writes = ()

    def __init__(
        self, codec: LanguageCodec, outputs: Outputs, steps: int, defaults: Generate, unit: str
    ):
        super().__init__(codec, outputs)
        self._steps, self._defaults, self._unit = steps, defaults, unit

    @property
    def defaults(self) -> Generate:
        return self._defaults

    @property
    def tokenizer(self) -> Tokenizer:
        return self.codec.tokenizer

    @property
    def banned(self) -> Sequence[int]:
        return (self.codec.tokenizer.unknown_id,)

    @property
    @abstractmethod
    def least_tokens(self) -> int:
        """The fewest tokens of a text that can be continued."""

    @property
    @abstractmethod
    def stepper(self) -> Stepper:
        """The model as a stepper, which reads one token at a time."""

    @abstractmethod
    def next_logits(self, token_ids: np.ndarray) -> np.ndarray:
        """The logits of the token after (tokens,) ids, (vocabulary,)."""

    def begin(self, seed: str, condition: np.ndarray | None, oov: Oov) -> Prompt:
        token_ids = self._encode(seed, oov)
        return Prompt(self.stepper, token_ids[None], token_ids.tolist())

    def training_text(self, data: Prepared[LanguageCodec, LanguagePart]) -> TrainingText:
        return TrainingText(data.parts["train"].token_ids[:COMPARED])

    def parse(self, text: str) -> np.ndarray:
        return self._encode(text, "error")

    def query(self, record: Record, column: str | None = None) -> NoReturn:
        """Raises an error, as a language model answers no files.

        Raises:
            RnnkitError: Always, with the commands to use.
        """
        expected = "Expected one that answers files"
        hint = "Ask it with `rnnkit predict --text TEXT` or `rnnkit generate --seed TEXT`"
        raise RnnkitError("", "a language model", expected, hint)

    def _asked(self, query: np.ndarray, about: About) -> tuple[np.ndarray, int | None]:
        return asked_context(self.tokenizer, query, self.least_tokens, about)

    def predict(self, queries: Sequence[np.ndarray]) -> list[np.ndarray | None]:
        return [softmax(self.next_logits(token_ids)) for token_ids in queries]

    def answers(self, query: np.ndarray, answer: np.ndarray, top: int) -> list[Guess]:
        return guesses(self.codec.tokenizer, answer, top)

    def records(self, query: np.ndarray, answer: np.ndarray) -> list[Record]:
        return [dict(vars(guess)) for guess in self.answers(query, answer, 1)]

    def _continuation(self, window: int | None) -> Continuation:
        reads = Text(self.codec.tokenizer, self._unit, example=self._example(window))
        return Continuation(reads, window, self._defaults.temperature, tuple(self.banned))

    def _example(self, window: int | None) -> str:
        """An example text that the model itself generates after its most frequent tokens, so that
        no training text is quoted.
        """
        tokenizer = self.codec.tokenizer
        shown = window or SHOWN * (5 if self._unit == "characters" else 1)
        known = [row for row in range(len(tokenizer)) if row not in self.banned][:shown]
        options = Generate(max_new_tokens=shown + BEGUN, temperature=0.8, random_seed=0)
        steps = generate(self.stepper, np.array([known], np.int32), options, self.banned)
        text = tokenizer.text([int(token_ids[0]) for token_ids in steps][-shown:]).strip()
        is_read = len(encode_text(tokenizer, text, "skip")) >= (window or 1)
        return text if is_read else tokenizer.text(known)

    def _encode(self, text: str, oov: Oov) -> np.ndarray:
        """The ids of a text to continue, (tokens,)."""
        token_ids = encode_text(self.codec.tokenizer, text, oov)
        tokens, least, unit = len(token_ids), self.least_tokens, self._unit.removesuffix("s")
        if not tokens:
            expected = f"Expected at least {counted(least, unit)} of the training text"
            raise RnnkitError("", "an empty text", expected)
        if tokens < least:
            got = f"{counted(tokens, unit)} in {text!r}"
            expected = f"Expected at least {least}: the model sees a window of {least}"
            raise RnnkitError("", got, expected, f"Add {least - tokens} more")
        return token_ids


class WindowPredictor(LanguagePredictor):
    """A model that reads a window: the last tokens of a text."""

    @property
    def asks_for(self) -> str:
        return f"{self._steps} {self._unit}"

    @property
    def least_tokens(self) -> int:
        return self._steps

    @property
    def stepper(self) -> Stepper:
        return window_stepper(self.outputs, self._steps)

    def playground(self) -> Continuation:
        return self._continuation(self._steps)

    def question(self, query: np.ndarray, about: About) -> Question:
        token_ids, target = self._asked(query, about)
        window = token_ids[-self._steps :]
        return window_question(self.tokenizer, self.outputs, window, target)

    def next_logits(self, token_ids: np.ndarray) -> np.ndarray:
        return self.outputs(token_ids[None, -self._steps :])[0]

    def token_logits(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        token_ids = self._encode(text, "unk")
        if len(token_ids) == self._steps:
            return token_ids, np.empty((0, len(self.codec.tokenizer)), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(token_ids[:-1], self._steps)
        return token_ids, self.outputs(np.ascontiguousarray(windows))


class StreamPredictor(LanguagePredictor):
    """A model that carries its state from token to token."""

    @property
    def asks_for(self) -> str:
        return f"some {self._unit}"

    @property
    def least_tokens(self) -> int:
        return 1

    @property
    def stepper(self) -> StreamStepper:
        return StreamStepper(self.outputs)

    def playground(self) -> Continuation:
        return self._continuation(None)

    def question(self, query: np.ndarray, about: About) -> Question:
        return stream_question(self.tokenizer, self.outputs, *self._asked(query, about))

    def next_logits(self, token_ids: np.ndarray) -> np.ndarray:
        return self.stepper.init_state(token_ids[None])[0][0]

    def token_logits(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        token_ids = self._encode(text, "unk")
        logits, _ = self.outputs.step(token_ids[None, :-1], self.outputs.init_state(1))
        return token_ids, logits[0]
