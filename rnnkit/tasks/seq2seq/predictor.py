"""Decodes the target of a source, such as its translation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.data.encode.oov import encode_text
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.formats.format import Record
from rnnkit.errors import RnnkitError, here
from rnnkit.generation.decode import beam_search, complete
from rnnkit.generation.options import Generate
from rnnkit.generation.originality import TrainingText
from rnnkit.generation.stepper import States, StreamStepper
from rnnkit.insight.question import Question
from rnnkit.metrics.next_token import score_logits
from rnnkit.progress import Progress, log
from rnnkit.tasks.capabilities import (
    About,
    Attends,
    Attention,
    Explains,
    Generates,
    Oov,
    Prompt,
    Translates,
)
from rnnkit.tasks.lengths import bounded, unended_note
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.playground import Decoding, Text
from rnnkit.tasks.predictor import Answers, Predictor
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.seq2seq.answers import Targets, Translation
from rnnkit.tasks.seq2seq.data import PairCodec, PairPart
from rnnkit.tasks.seq2seq.explaining import source_question
from rnnkit.tasks.seq2seq.sections import TextSide

DECODED_AT_ONCE = 128


class Seq2SeqPredictor(
    Predictor[PairCodec, str, Targets],
    Generates[PairCodec, PairPart],
    Attends,
    Translates,
    Explains[str],
):
    """An encoder-decoder: its query is a source, its answer the best targets.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        defaults: The `generate:` section.
        side: The section `data.source`.
        column: The column of the source in a table like the data set's own.
    """

    def __init__(
        self, codec: PairCodec, outputs: Outputs, defaults: Generate, side: TextSide, column: str
    ):
        super().__init__(codec, outputs)
        self._defaults = bounded(defaults, codec.longest)
        self._side, self._column = side, column

    @property
    def input_columns(self) -> tuple[str, ...]:
        return (self._column,)

    @property
    def columns(self) -> tuple[str, ...]:
        return ("target",)

    def parse(self, text: str) -> str:
        self._encode(text, "unk")
        return text

    def query(self, record: Record, column: str | None = None) -> str:
        text = record.get(column or self._column)
        if text is not None and not isinstance(text, str):
            raise RnnkitError("", f"{column or self._column} is {text!r}", "Expected text")
        return text or ""

    def predict(self, queries: Sequence[str]) -> list[Targets | None]:
        encoded = self.codec.source.encode_all(queries)
        is_text = np.array([bool(text.strip()) for text in queries], bool)
        rows = np.flatnonzero(is_text & (encoded.lengths > 0))
        self._warn_of_long(queries)
        answers: list[Targets | None] = [None] * len(queries)
        decoded = self.decode(encoded.take(rows))
        for row, targets in zip(rows, decoded, strict=True):
            answers[row] = Targets(encoded[int(row)], targets)
        if note := self.unended([best for best, *_ in decoded], self.codec.longest):
            log.warning(here(f"{note}; `rnnkit generate --max-new-tokens` gives longer ones"))
        return answers

    def unended(self, targets: Sequence[list[int]], longest: int | None) -> str:
        """A remark on targets without `<end>`; "" if there are none.

        Args:
            targets: The decoded targets.
            longest: As in `unended_note`.
        """
        count = sum(target[-1] != self.end_token for target in targets)
        return unended_note(count, len(targets), self._defaults, longest) if count else ""

    def answers(self, query: str, answer: Targets, top: int) -> Answers:
        source, rows = answer.source[None], []
        for target in answer.targets[:top]:
            score = score_logits(self._teacher_forced(source, target)[0], np.array(target))
            rows.append(Translation(self.codec.text(target), -score.nats))
        return rows

    def records(self, query: str, answer: Targets) -> list[Record]:
        return [{"target": self.codec.text(answer.targets[0])}]

    def decode(self, sources: Sequences) -> list[list[list[int]]]:
        """The best targets of each source, in the order of the sources; each ends with `<end>`
        unless it reached the maximum length.
        """
        # sources of similar lengths, and so probably of similar targets, share a batch
        order = np.argsort(sources.lengths, kind="stable")
        decoded: dict[int, list[list[int]]] = {}
        progress = Progress("sources decoded", len(order))
        for start in range(0, len(order), DECODED_AT_ONCE):
            rows = order[start : start + DECODED_AT_ONCE]
            inputs = sources.padded(rows, int(sources.lengths[rows].max()))
            decoded |= {
                int(row): targets for row, targets in zip(rows, self._search(inputs), strict=True)
            }
            progress.advance(len(rows))
        return [decoded[row] for row in range(len(order))]

    def _search(self, sources: np.ndarray) -> list[list[list[int]]]:
        """The targets of (batch, source timesteps) token ids, best first: one for each source by
        greedy decoding, or as many as the size of the beam.
        """
        start, end = self.codec.ends
        names = ("beam_size", "length_penalty", "max_new_tokens")
        options = Generate(**{name: getattr(self._defaults, name) for name in names})
        stepper = StreamStepper(self.outputs, sources)
        first = np.full((len(sources), 1), start, np.int32)

        def is_complete(tokens: list[int]) -> bool:
            return tokens[-1] == end

        if options.beam_size == 1:
            targets = complete(stepper, first, options, list(self.banned), is_complete)
            return [[target] for target in targets]
        beams = beam_search(stepper, first, options, list(self.banned), is_complete)
        return [[beam.tokens for beam in source_beams] for source_beams in beams]

    def _teacher_forced(self, source: np.ndarray, target: list[int]) -> tuple[np.ndarray, States]:
        """The logits of each token of a target, (tokens, vocabulary), with the target itself as the
        decoder's input, and the final states.
        """
        inputs = np.array([[self.codec.ends[0], *target[:-1]]], np.int32)
        logits, states = self.outputs.step(inputs, self.outputs.init_state(1, source))
        return logits[0], states

    def _encode(self, text: str, oov: Oov) -> np.ndarray:
        """The token ids of a source, (tokens,).

        Raises:
            RnnkitError: If it has no tokens, or unknown ones and `oov` is "error".
        """
        return self._require_tokens(encode_text(self.codec.source, text, oov), text)

    def _require_tokens(self, token_ids: np.ndarray, text: str) -> np.ndarray:
        """The token ids, of which there must be at least one."""
        if not len(token_ids):
            unit = self._side.tokenizer.unit.removesuffix("s")
            raise RnnkitError("", f"nothing to read in {text!r}", f"Expected at least one {unit}")
        return token_ids

    def _warn_of_long(self, texts: Sequence[str]) -> None:
        side, longest = self._side, self._side.max_length
        long = 0 if longest is None else sum(side.length(text) > longest for text in texts)
        if long:
            subject = "the source has" if len(texts) == 1 else f"{long:,} sources have"
            bound = f"than the {longest:,} of the longest in training"
            log.warning(here(f"{subject} more {side.unit} {bound}"))

    @property
    def defaults(self) -> Generate:
        return self._defaults

    @property
    def tokenizer(self) -> Tokenizer:
        return self.codec.target

    @property
    def asks_for(self) -> str:
        return f"some {self._side.tokenizer.unit}"

    @property
    def banned(self) -> Sequence[int]:
        return self.codec.target.unknown_id, self.codec.ends[0]

    @property
    def end_token(self) -> int:
        return self.codec.ends[1]

    def begin(self, seed: str, condition: np.ndarray | None, oov: Oov) -> Prompt:
        source = self._encode(seed, oov)[None]
        self._warn_of_long([seed])
        start = np.full((1, 1), self.codec.ends[0], np.int32)
        return Prompt(StreamStepper(self.outputs, source), start, [], source.size)

    def playground(self) -> Decoding:
        options = self._defaults
        return Decoding(
            Text(self.codec.source, self._side.tokenizer.unit),
            Text(self.codec.target),
            *self.codec.ends,
            tuple(self.banned),
            options.beam_size,
            options.length_penalty,
            options.longest,
        )

    def training_text(self, data: Prepared[PairCodec, PairPart]) -> TrainingText:
        return TrainingText(data.parts["train"].targets.flat)

    def question(self, query: str, about: About) -> Question:
        # without the remarks that `parse` has made
        source = self._require_tokens(self.codec.source.encode(query), query)
        ((best, *_),) = self._search(source[None])
        return source_question(self.codec, self.outputs, source, best, about)

    def attention(self, text: str) -> Attention:
        source = self._encode(text, "unk")[None]
        ((best, *_),) = self._search(source)
        _, states = self._teacher_forced(source, best)
        if "attention" not in states:
            expected = "Expected one with `model.attention`"
            raise RnnkitError("", "a model without attention", expected, "Name another run")
        weights = states["attention"][-1][0]
        if weights.ndim != 2:  # the engine keeps (target tokens, source tokens)
            expected = "Expected layers that NumPy knows: keras does not return the attention"
            raise RnnkitError("", "a model that keras answers", expected)
        return Attention(self.codec.source.tokens(source[0]), self.tokenizer.tokens(best), weights)
