"""Generation of text by a run: continuations of a seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rnnkit import kernels
from rnnkit.engine.forward import Engine
from rnnkit.engine.windows import why_not_carried
from rnnkit.errors import at, here
from rnnkit.generation.decode import beam_search, complete
from rnnkit.generation.decode import generate as decode
from rnnkit.generation.options import Generate, merged
from rnnkit.generation.originality import Originality, TrainingText, originality, originality_lines
from rnnkit.generation.stepper import ReportedStepper, WindowStepper
from rnnkit.progress import log
from rnnkit.storage.reading import require_text
from rnnkit.tasks.capabilities import Generates, GeneratesFromCondition, Oov, Prompt
from rnnkit.tasks.continuation import Continuation, Ends
from rnnkit.tasks.lengths import unended_note
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.memory import require_generating
from rnnkit.workflows.trained import Trained, capable, find_trained, load_trained


@dataclass(frozen=True)
class Generated:
    """One generated text.

    Args:
        seed: The text that was continued.
        tokens: The new tokens.
        continuation: The new tokens as readable text.
        text: The seed and the continuation as readable text.
        token_ids: The new tokens' ids.
    """

    seed: str
    tokens: list[str]
    continuation: str
    text: str
    token_ids: list[int]


class Generator:
    """Continues texts with a trained run.

    Args:
        trained: The run.
        options: The decoding options, with the run's defaults filled in.
        oov: How out-of-vocabulary words are handled.
        condition: The condition of a conditioned run: a label, or numbers such as "0.3 1.2".

    Raises:
        RnnkitError: If the run does not generate text, or the condition is missing, unknown or not
            expected.
    """

    def __init__(
        self, trained: Trained, options: Generate, oov: Oov = "error", condition: str | None = None
    ):
        self._trained, self._options, self._oov = trained, options, oov
        self._has_logged_windows = False
        self._predictor = capable(trained, Generates)
        if options.precision != "float32":
            self._predictor = capable(_rounded(trained, options.precision), Generates)
        self._tokenizer, self._end = self._predictor.tokenizer, self._predictor.end_token
        stops = () if options.stop is None else (options.stop,)
        self._is_stopped = Ends(self._tokenizer, self._end, stops)
        with at("--condition"):
            self._condition = self._predictor.condition(condition)

    @classmethod
    def open(
        cls,
        name: str | None,
        options: Mapping[str, object],
        *,
        oov: Oov = "error",
        condition: str | None = None,
    ) -> Generator:
        """Opens a run to generate with the user's options.

        Args:
            name: A run's folder or name; None for the newest run that generates text (from a
                condition, if one is given).
            options: Options by their keys in the `generate:` section; None keeps the default.
            oov: As in the class.
            condition: As in the class.

        Raises:
            RnnkitError: If there is no such run, or the options contradict each other.
        """
        is_conditioned = name is None and condition is not None
        run = find_trained(name, GeneratesFromCondition if is_conditioned else Generates)
        trained = load_trained(run)
        decoding = merged(capable(trained, Generates).defaults, options)
        return cls(trained, decoding, oov, condition)

    @property
    def num_samples(self) -> int:
        """The number of continuations per seed."""
        return self._options.num_samples

    @property
    def prompt(self) -> str:
        """The prompt of an interactive session, such as "3 words: "."""
        return f"{self._predictor.asks_for}: "

    def samples(self, seed: str) -> list[Generated]:
        """Generates `num_samples` continuations of the seed; with beam search, the best first.

        Raises:
            RnnkitError: If the seed is too short or has unknown words.
        """
        return self._samples(seed, self._begin(seed))

    def stream(self, seed: str) -> Iterator[str]:
        """Yields a text while it is decoded: the seed, then one continuation in pieces.

        Raises:
            RnnkitError: If the seed is too short or has unknown words.
        """
        prompt = self._begin(seed)
        continuation = Continuation(self._tokenizer, prompt.prefix)
        yield continuation.seed
        if self._options.beam_size > 1:
            yield self._samples(seed, prompt)[0].text.removeprefix(continuation.seed)
            return
        new: list[int] = []
        banned = self._predictor.banned
        for (token_id,) in decode(prompt.stepper, prompt.token_ids, self._options, banned):
            if token_id == self._end:
                break
            new.append(int(token_id))
            if piece := continuation.piece(new):  # "" while a character is incomplete
                yield piece
            if self._is_stopped(new):
                break
        else:
            self._remark_unended(1, 1)
        if piece := continuation.piece(new, is_last=True):
            yield piece

    def report(self, samples: Sequence[Generated]) -> list[Originality]:
        """Measures how much of each generated text is copied from the training text.

        Raises:
            RnnkitError: If the run's data cannot be read.
        """
        return [originality(sample.token_ids, self._training_text) for sample in samples]

    def report_lines(self, report: Originality, sample: Generated) -> list[str]:
        """A report of originality as lines of text."""
        copied = sample.token_ids[report.copied_from : report.copied_from + report.copied]
        return originality_lines(report, self._tokenizer.text(copied))

    @cached_property
    def _training_text(self) -> TrainingText:
        run, task, predictor = self._trained.run, self._trained.task, self._trained.predictor
        data = task.prepare(Source(sample=run.uses_sample), predictor.codec)
        return self._predictor.training_text(data)

    def _begin(self, seed: str) -> Prompt:
        require_text(seed)
        prompt = self._predictor.begin(seed, self._condition, self._oov)
        if isinstance(prompt.stepper, WindowStepper):
            self._remark_whole_windows()
        self._require_memory(prompt)
        return prompt

    def _require_memory(self, prompt: Prompt) -> None:
        """Refuses continuations that exceed this machine's memory; warns if they may exceed it."""
        options = self._options
        require_generating(
            self._trained.architecture,
            max(options.num_samples, options.beam_size),
            options.longest,
            prompt.source,
            ends=self._end is not None or options.stop is not None,
        )

    def _remark_whole_windows(self) -> None:
        """Logs once why every token reads its whole window again."""
        if self._has_logged_windows:
            return
        self._has_logged_windows = True
        engine = "rnnkit's own engine alone reads each of them once"
        reason = why_not_carried(self._trained.architecture) or engine
        log.info(f"each token reads its whole window again: {reason}")

    def _samples(self, seed: str, prompt: Prompt) -> list[Generated]:
        options, banned, count = self._options, self._predictor.banned, self._options.num_samples
        stepper, token_ids = ReportedStepper(prompt.stepper, options.longest), prompt.token_ids
        if options.beam_size > 1:
            (beams,) = beam_search(stepper, token_ids, options, banned, self._is_stopped)
            rows = [beam.tokens for beam in beams[:count]]
        else:
            rows = complete(stepper, token_ids, options, banned, self._is_stopped, count)
        self._remark_unended(sum(not self._is_stopped(row) for row in rows), len(rows))
        new = ([token_id for token_id in row if token_id != self._end] for row in rows)
        return [self._generated(seed, prompt, token_ids) for token_ids in new]

    def _remark_unended(self, count: int, samples: int) -> None:
        """Warns if texts reached the default length limit before their end token."""
        is_default = self._options.max_new_tokens == self._predictor.defaults.max_new_tokens
        if count and self._end is not None and is_default:
            note = unended_note(count, samples, self._options, None)
            log.warning(f"{note}; `--max-new-tokens` gives longer ones")

    def _generated(self, seed: str, prompt: Prompt, new: list[int]) -> Generated:
        text = self._tokenizer.text([*prompt.prefix, *new])
        return Generated(seed, self._tokenizer.tokens(new), self._tokenizer.text(new), text, new)


def _rounded(trained: Trained, precision: kernels.Precision) -> Trained:
    """The run with its recurrent weights rounded to a precision; unchanged, with a warning, if the
    engine does not support it.
    """
    outputs = trained.predictor.outputs
    if isinstance(outputs, Engine) and (rounded := outputs.rounded(precision)):
        return replace(trained, predictor=trained.task.predictor(trained.predictor.codec, rounded))
    engine = {"numpy": "NumPy", "onnx": "ONNX Runtime", "keras": "keras"}[trained.answers]
    reason = kernels.why_missing() or f"{engine} computes the recurrent layers"
    log.warning(here(f"precision {precision} does not apply, float32 is used: {reason}"))
    return trained
