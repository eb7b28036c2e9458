"""`POST /v1/completions`, in the format of OpenAI's API."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from rnnkit.serve.body import read
from rnnkit.serve.completion_plan import CompletionPlan
from rnnkit.serve.decoding import Decoding
from rnnkit.serve.events import DONE, Events, event
from rnnkit.serve.failures import failure
from rnnkit.serve.predict import json
from rnnkit.serve.requests import CompletionRequest
from rnnkit.serve.sessions import Session
from rnnkit.serve.state import State, state_of
from rnnkit.tasks.continuation import Continuation

Content = dict[str, object]


async def completions(request: Request) -> Response:
    """Continues texts."""
    state = state_of(request)
    body = await read(request, CompletionRequest, state.limits)
    plan = CompletionPlan(state.models.named(body.model), body, state.limits)
    if body.stream:
        events = _events(state, plan)
        first = await anext(events)  # an error before the first token gets its own status
        return Events(first, events)
    if plan.is_beam:
        return json(await _beams(state, plan))
    with _decodings(state, plan, streams=False) as decodings:
        for decoding in decodings:
            while not await decoding.next_tokens():
                pass
        return json(_whole(state, plan, decodings))


@contextlib.contextmanager
def _decodings(state: State, plan: CompletionPlan, *, streams: bool) -> Iterator[list[Decoding]]:
    """The decodings of a request, which stop when the block ends."""
    name, session = plan.body.session, None
    if name is not None:
        session = state.sessions.take(plan.run.name, name)
    decodings: list[Decoding] = []
    try:
        for decoding in plan.decodings(streams, session.state if session else None):
            state.workers[plan.run.name].decode(decoding)
            decodings.append(decoding)
        yield decodings
    finally:
        for decoding in decodings:
            _count(state, plan, decoding)
            decoding.abandon(partial(_give_back, state, session, decoding))
        if not decodings:
            _give_back(state, session, None)


def _give_back(state: State, session: Session | None, decoding: Decoding | None) -> None:
    """Saves where a session's only decoding stopped, and releases the session."""
    if session is not None:
        state.sessions.give_back(session, decoding.session_state if decoding else None)


def _count(state: State, plan: CompletionPlan, decoding: Decoding) -> None:
    tokens, name = state.metrics.tokens, plan.run.name
    tokens[name, "prompt"] += decoding.prompt.read if decoding.prompt else 0
    tokens[name, "completion"] += sum(map(len, decoding.rows))


def _header(plan: CompletionPlan) -> Content:
    return {
        "id": plan.id,
        "object": "text_completion",
        "created": plan.created,
        "model": plan.run.name,
    }


def _choice(index: int, text: str, finish_reason: str | None) -> Content:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish_reason}


def _usage(read: int, generated: int) -> Content:
    return {
        "prompt_tokens": read,
        "completion_tokens": generated,
        "total_tokens": read + generated,
    }


def _usage_of(decodings: Sequence[Decoding]) -> Content:
    read = sum(decoding.prompt.read for decoding in decodings if decoding.prompt)
    return _usage(read, sum(len(row) for decoding in decodings for row in decoding.rows))


def _whole(state: State, plan: CompletionPlan, decodings: Sequence[Decoding]) -> Content:
    choices: list[Content] = []
    for decoding in decodings:
        assert decoding.prompt is not None
        for row, has_ended in zip(decoding.rows, decoding.ended, strict=True):
            text = _text(plan, decoding.prompt.prefix, row)
            choices.append(_choice(len(choices), text, "stop" if has_ended else "length"))
    remarks = list(dict.fromkeys(text for decoding in decodings for text in decoding.remarks))
    usage = _usage_of(decodings)
    return {**_header(plan), "choices": choices, "usage": usage, "remarks": remarks}


async def _beams(state: State, plan: CompletionPlan) -> Content:
    is_abandoned = threading.Event()
    try:
        answers = await state.workers[plan.run.name].do(partial(plan.beams, is_abandoned))
    finally:
        is_abandoned.set()
    choices: list[Content] = []
    for prompt, rows, _ in answers:
        for row in rows:
            reason = "stop" if plan.ends(row) else "length"
            choices.append(_choice(len(choices), _text(plan, prompt.prefix, row), reason))
    usage = _usage(
        sum(prompt.read for prompt, _, _ in answers),
        sum(len(row) for _, rows, _ in answers for row in rows),
    )
    remarks = list(dict.fromkeys(remark for *_, remarks in answers for remark in remarks))
    return {**_header(plan), "choices": choices, "usage": usage, "remarks": remarks}


def _text(plan: CompletionPlan, prefix: Sequence[int], row: Sequence[int]) -> str:
    continuation = _continuation(plan, prefix)
    text = continuation.piece(_readable(plan, row), is_last=True)
    return continuation.seed + text if plan.body.echo else text


def _continuation(plan: CompletionPlan, prefix: Sequence[int]) -> Continuation:
    return Continuation(plan.predictor.tokenizer, prefix, plan.ends.stops)


def _readable(plan: CompletionPlan, row: Sequence[int]) -> Sequence[int]:
    """The tokens without the one that ends a text."""
    return row[:-1] if row and row[-1] == plan.ends.end_token else row


async def _events(state: State, plan: CompletionPlan) -> AsyncGenerator[bytes, None]:
    """Server-sent events, each with a piece of text as it is decoded."""
    with _decodings(state, plan, streams=True) as decodings:
        for decoding in decodings:
            await decoding.wait_for_start()
        index = 0
        for decoding in decodings:
            async for piece in _events_of(plan, decoding, index):
                yield piece
            index += len(decoding.rows)
        options = plan.body.stream_options
        if options and options.include_usage:
            yield event({**_header(plan), "choices": [], "usage": _usage_of(decodings)})
        yield DONE


async def _events_of(
    plan: CompletionPlan, decoding: Decoding, index: int
) -> AsyncGenerator[bytes, None]:
    texts: list[Continuation] = []
    has_ended = [False] * len(decoding.rows)
    is_over = False
    while not is_over:
        is_over, prompt = await decoding.next_tokens(), decoding.prompt
        assert prompt is not None
        if not texts:
            texts = [_continuation(plan, prompt.prefix) for _ in decoding.rows]
            if plan.body.echo:
                for row, text in enumerate(texts):
                    yield _event_of(plan, _choice(index + row, text.seed, None))
        for row, text in enumerate(texts):
            ended = is_over or decoding.ended[row]
            if has_ended[row]:
                continue
            piece = text.piece(_readable(plan, list(decoding.rows[row])), is_last=ended)
            has_ended[row] = ended
            reason = ("stop" if decoding.ended[row] else "length") if ended else None
            if piece or ended:
                yield _event_of(plan, _choice(index + row, piece, reason))


def _event_of(plan: CompletionPlan, choice: Content) -> bytes:
    return event({**_header(plan), "choices": [choice]})


async def end_session(request: Request) -> Response:
    """Ends a session."""
    state = state_of(request)
    name, model = request.path_params["name"], request.query_params.get("model")
    run = state.models.named(model)
    if not state.sessions.end(run.name, name):
        raise failure(404, f"no session {name[:100]!r} that is not in use", where="session")
    return json({"id": name, "object": "session", "deleted": True})
