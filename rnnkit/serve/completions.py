"""`POST /v1/completions`, as OpenAI's clients speak it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from rnnkit.serve.body import read
from rnnkit.serve.decoding import Decoding
from rnnkit.serve.events import DONE, Events, event
from rnnkit.serve.failures import failure
from rnnkit.serve.predict import json
from rnnkit.serve.prompts import Asked
from rnnkit.serve.requests import CompletionRequest
from rnnkit.serve.sessions import Session
from rnnkit.serve.state import State, state_of
from rnnkit.tasks.continuation import Continuation

Content = dict[str, object]


async def completions(request: Request) -> Response:
    """Continues texts."""
    state = state_of(request)
    body = await read(request, CompletionRequest, state.limits)
    asked = Asked(state.models.named(body.model), body, state.limits)
    if body.stream:
        events = _events(state, asked)
        first = await anext(events)  # what is wrong from the start has a status of its own
        return Events(first, events)
    if asked.is_beam:
        return json(await _beams(state, asked))
    with _decodings(state, asked, streams=False) as decodings:
        for decoding in decodings:
            while not await decoding.moved():
                pass
        return json(_whole(state, asked, decodings))


@contextlib.contextmanager
def _decodings(state: State, asked: Asked, *, streams: bool) -> Iterator[list[Decoding]]:
    """The decodings of a request, which stop where it is left."""
    name, session = asked.body.session, None
    if name is not None:
        session = state.sessions.take(asked.run.name, name)
    decodings: list[Decoding] = []
    try:
        for one in asked.decodings(streams, session.carried if session else None):
            state.workers[asked.run.name].decode(one)
            decodings.append(one)
        yield decodings
    finally:
        for one in decodings:
            _count(state, asked, one)
            one.leave(partial(_give_back, state, session, one))
        if not decodings:
            _give_back(state, session, None)


def _give_back(state: State, session: Session | None, decoding: Decoding | None) -> None:
    """A talk goes on from where its decoding stopped; it has one alone."""
    if session is not None:
        state.sessions.give_back(session, decoding.carried if decoding else None)


def _count(state: State, asked: Asked, decoding: Decoding) -> None:
    tokens, name = state.metrics.tokens, asked.run.name
    tokens[name, "prompt"] += decoding.begun.read if decoding.begun else 0
    tokens[name, "completion"] += sum(map(len, decoding.rows))


def _header(asked: Asked) -> Content:
    return {
        "id": asked.id,
        "object": "text_completion",
        "created": asked.created,
        "model": asked.run.name,
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
    read = sum(one.begun.read for one in decodings if one.begun)
    return _usage(read, sum(len(row) for one in decodings for row in one.rows))


def _whole(state: State, asked: Asked, decodings: Sequence[Decoding]) -> Content:
    choices: list[Content] = []
    for one in decodings:
        assert one.begun is not None
        for row, has_ended in zip(one.rows, one.ended, strict=True):
            text = _text(asked, one.begun.prefix, row)
            choices.append(_choice(len(choices), text, "stop" if has_ended else "length"))
    remarks = list(dict.fromkeys(remark for one in decodings for remark in one.remarks))
    usage = _usage_of(decodings)
    return {**_header(asked), "choices": choices, "usage": usage, "remarks": remarks}


async def _beams(state: State, asked: Asked) -> Content:
    is_left = threading.Event()
    try:
        answers = await state.workers[asked.run.name].do(partial(asked.beams, is_left))
    finally:
        is_left.set()
    choices: list[Content] = []
    for begun, rows, _ in answers:
        for row in rows:
            reason = "stop" if asked.ends(row) else "length"
            choices.append(_choice(len(choices), _text(asked, begun.prefix, row), reason))
    usage = _usage(
        sum(begun.read for begun, _, _ in answers),
        sum(len(row) for _, rows, _ in answers for row in rows),
    )
    remarks = list(dict.fromkeys(remark for *_, said in answers for remark in said))
    return {**_header(asked), "choices": choices, "usage": usage, "remarks": remarks}


def _text(asked: Asked, prefix: Sequence[int], row: Sequence[int]) -> str:
    continuation = _continuation(asked, prefix)
    text = continuation.piece(_readable(asked, row), is_last=True)
    return continuation.seed + text if asked.body.echo else text


def _continuation(asked: Asked, prefix: Sequence[int]) -> Continuation:
    return Continuation(asked.predictor.tokenizer, prefix, asked.ends.stops)


def _readable(asked: Asked, row: Sequence[int]) -> Sequence[int]:
    """The tokens but for the one that ends a text."""
    return row[:-1] if row and row[-1] == asked.ends.end_token else row


async def _events(state: State, asked: Asked) -> AsyncGenerator[bytes, None]:
    """Server-sent events: a piece of text each, as it is decoded."""
    with _decodings(state, asked, streams=True) as decodings:
        for decoding in decodings:
            await decoding.opened()
        index = 0
        for decoding in decodings:
            async for piece in _events_of(asked, decoding, index):
                yield piece
            index += len(decoding.rows)
        options = asked.body.stream_options
        if options and options.include_usage:
            yield event({**_header(asked), "choices": [], "usage": _usage_of(decodings)})
        yield DONE


async def _events_of(asked: Asked, decoding: Decoding, index: int) -> AsyncGenerator[bytes, None]:
    texts: list[Continuation] = []
    has_ended = [False] * len(decoding.rows)
    is_over = False
    while not is_over:
        is_over, begun = await decoding.moved(), decoding.begun
        assert begun is not None
        if not texts:
            texts = [_continuation(asked, begun.prefix) for _ in decoding.rows]
            if asked.body.echo:
                for row, text in enumerate(texts):
                    yield _event_of(asked, _choice(index + row, text.seed, None))
        for row, text in enumerate(texts):
            ended = is_over or decoding.ended[row]
            if has_ended[row]:
                continue
            piece = text.piece(_readable(asked, list(decoding.rows[row])), is_last=ended)
            has_ended[row] = ended
            reason = ("stop" if decoding.ended[row] else "length") if ended else None
            if piece or ended:
                yield _event_of(asked, _choice(index + row, piece, reason))


def _event_of(asked: Asked, choice: Content) -> bytes:
    return event({**_header(asked), "choices": [choice]})


async def end_session(request: Request) -> Response:
    """Forgets a session."""
    state = state_of(request)
    name, model = request.path_params["name"], request.query_params.get("model")
    run = state.models.named(model)
    if not state.sessions.end(run.name, name):
        raise failure(404, f"no session {name[:100]!r} that is not in use", where="session")
    return json({"id": name, "object": "session", "deleted": True})
