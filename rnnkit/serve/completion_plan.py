"""A request for completions as decodings of a run."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Sequence

import numpy as np

from rnnkit.data.encode.oov import encode_text
from rnnkit.errors import RnnkitError, at
from rnnkit.generation.decode import Choice, beam_search
from rnnkit.generation.options import Generate, merged
from rnnkit.serve.decoding import Decoding, ReadPrompt, SessionState
from rnnkit.serve.limits import Limits, require_at_most
from rnnkit.serve.remarks import request_remarks
from rnnkit.serve.requests import CompletionRequest
from rnnkit.serve.served_runs import ServedRun
from rnnkit.tasks.capabilities import Generates
from rnnkit.tasks.continuation import Ends

OPTIONS = {"max_tokens": "max_new_tokens", "n": "num_samples", "seed": "random_seed"}
"""Fields of the request that have another name in the section `generate:`."""

SAME = ("temperature", "top_p", "top_k", "repetition_penalty", "beam_size", "length_penalty")
_FIELDS = {option: field for field, option in OPTIONS.items()}
_OPTION = re.compile(rf"\b({'|'.join(_FIELDS)})\b")


class CompletionPlan:
    """A checked request for completions.

    Args:
        run: The run that generates.
        body: The request.
        limits: The limits of the server.

    Raises:
        RnnkitError: If the run generates no text, or options exclude each other.
    """

    def __init__(self, run: ServedRun, body: CompletionRequest, limits: Limits):
        if not isinstance(run.predictor, Generates):
            got, expected = f"a {run.task} run", f"Expected a run that {Generates.does}"
            raise RnnkitError("model", got, expected, f"Ask it with {run.does[0]}")
        self.run, self.predictor, self.body = run, run.predictor, body
        self.id, self.created = f"cmpl-{uuid.uuid4().hex}", int(time.time())
        with request_remarks(), _errors_name_fields():
            options = {name: getattr(body, name) for name in SAME}
            options |= {option: getattr(body, field) for field, option in OPTIONS.items()}
            self.options: Generate = merged(self.predictor.defaults, options)
            with at("condition"):
                self.condition = self.predictor.condition(body.condition)
        self._check(limits)
        stops = body.stops or ((self.options.stop,) if self.options.stop else ())
        self.ends = Ends(self.predictor.tokenizer, self.predictor.end_token, stops)

    def _check(self, limits: Limits) -> None:
        prompts, options = self.body.prompts, self.options
        require_at_most(limits, "tokens", "max_tokens", options.longest, "tokens")
        count = len(prompts) * max(options.num_samples, options.beam_size)
        require_at_most(limits, "samples", "n", count, "completions")
        for index, prompt in enumerate(prompts):
            where = f"prompt[{index}]" if self.body.several else "prompt"
            require_at_most(limits, "characters", where, len(prompt), "characters")
        if self.body.session is not None and self.predictor.end_token is not None:
            got, expected = "a run whose texts have an end", "Expected one whose texts have none"
            raise RnnkitError("session", got, expected)
        if self.body.stream and options.beam_size > 1:
            got = f"a run that decodes with a beam of {options.beam_size}"
            expected = "Expected beam_size 1 with it: a beam ends as a whole"
            raise RnnkitError("stream", got, expected)

    @property
    def is_beam(self) -> bool:
        """Whether it is decoded by a beam search."""
        return self.options.beam_size > 1

    def decodings(self, streams: bool, session_state: SessionState | None) -> list[Decoding]:
        """A decoding for each prompt.

        Args:
            streams: Whether the client gets each token at once.
            session_state: Where the session's last decoding stopped.
        """
        copies = self.options.num_samples
        return [
            Decoding(
                lambda index=index: self._begin(index, session_state),  # type: ignore[misc]
                self.ends,
                self.options.longest,
                copies=copies,
                streams=streams,
                carries=self.body.session is not None,
            )
            for index in range(len(self.body.prompts))
        ]

    def beams(
        self, is_abandoned: threading.Event
    ) -> list[tuple[ReadPrompt, list[list[int]], list[str]]]:
        """Each prompt, the tokens of its best continuations, and remarks.

        Args:
            is_abandoned: Set when the client no longer waits.

        Raises:
            RnnkitError: If a prompt cannot be read, or the client no longer waits.
        """

        def ends(tokens: list[int]) -> bool:
            if is_abandoned.is_set():
                raise RnnkitError("", "the client has disconnected")
            return self.ends(tokens)

        answers = []
        for index in range(len(self.body.prompts)):
            with request_remarks() as remarks, self._at(index):
                prompt = self.predictor.begin(self._text(index), self.condition, self.body.oov)
                (beams,) = beam_search(
                    prompt.stepper,
                    prompt.token_ids,
                    self.options,
                    self.predictor.banned,
                    ends,
                )
            rows = [beam.tokens for beam in beams[: self.options.num_samples]]
            choose = Choice(self.options, (), prompt.token_ids)
            begun = ReadPrompt(
                prompt.stepper, None, np.empty(0), choose, prompt.prefix, prompt.token_ids.size
            )
            answers.append((begun, rows, remarks))
        return answers

    def _begin(self, index: int, session_state: SessionState | None) -> ReadPrompt:
        """Reads a prompt; called in the worker's thread."""
        with self._at(index):
            text = self._text(index)
            if session_state is not None:
                return self._continued(text, session_state)
            prompt = self.predictor.begin(text, self.condition, self.body.oov)
        logits, state = prompt.stepper.init_state(prompt.token_ids)
        choose = self._choice(prompt.token_ids[0])
        read = prompt.token_ids.shape[1]
        return ReadPrompt(prompt.stepper, state, logits, choose, prompt.prefix, read)

    def _continued(self, text: str, session_state: SessionState) -> ReadPrompt:
        """Reads a prompt that continues a session."""
        tokenizer = self.predictor.tokenizer
        new = encode_text(tokenizer, text, self.body.oov).tolist() if text else []
        unread = [*([] if session_state.pending is None else [session_state.pending]), *new]
        logits, state, stepper = session_state.logits, session_state.state, session_state.stepper
        for token in unread:
            logits, state = stepper.step(np.array([token], np.int32), state)
        assert logits is not None
        prefix = [*session_state.tail, *new]
        return ReadPrompt(
            stepper, state, logits, self._choice(np.array(prefix)), prefix, len(unread)
        )

    def _choice(self, token_ids: np.ndarray) -> Choice:
        rows = np.repeat(token_ids[None].astype(np.int32), self.options.num_samples, axis=0)
        return Choice(self.options, self.predictor.banned, rows)

    def _text(self, index: int) -> str:
        prompt = self.body.prompts[index]
        if isinstance(prompt, str):
            return prompt
        tokenizer = self.predictor.tokenizer
        return tokenizer.text(known_ids(prompt, len(tokenizer)))

    def _at(self, index: int):  # type: ignore[no-untyped-def]
        return at(f"prompt[{index}]" if self.body.several else "prompt")


def known_ids(token_ids: Sequence[int], vocabulary: int) -> Sequence[int]:
    """Checks that token ids are in the vocabulary, and returns them.

    Raises:
        RnnkitError: If one is not.
    """
    for token_id in token_ids:
        if not 0 <= token_id < vocabulary:
            expected = f"Expected ids from 0 to {vocabulary - 1}"
            raise RnnkitError("", f"token id {token_id}", expected)
    return token_ids


class _errors_name_fields:  # noqa: N801 (used as a function)
    """Makes errors inside name the fields of the request."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RnnkitError):
            for mistake in error.errors:
                for part in ("where", "got", "expected", "hint"):
                    setattr(mistake, part, _by_fields(getattr(mistake, part)))
                if mistake.where == "generate":  # two options that exclude each other
                    mistake.where = ""


def _by_fields(text: str) -> str:
    text = text.replace("--", "").replace("-", "_") if text.startswith("--") else text
    return _OPTION.sub(lambda option: _FIELDS[option[1]], text)
