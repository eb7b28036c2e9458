"""POST /v1/completions and the sessions of models that carry their state."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rnnkit.generation.decode import complete
from rnnkit.generation.options import merged
from rnnkit.serve.limits import Limits
from rnnkit.serve.sessions import Sessions
from rnnkit.tasks.capabilities import Generates
from tests.helpers.served import Client, app_of, asked, pieces, predictor

SEED = "the mice had a general council to consider"


def expected(name: str, seed: str, count: int, **options: Any) -> str:
    """What the model continues a seed with."""
    run = predictor(name)
    assert isinstance(run, Generates)
    prompt = run.begin(seed, None, "error")
    chosen = merged(run.defaults, {"max_new_tokens": count, **options})
    ((*tokens,),) = complete(prompt.stepper, prompt.token_ids, chosen, run.banned)
    text = run.tokenizer.text([*prompt.prefix, *tokens])
    return text.removeprefix(run.tokenizer.text(prompt.prefix))


@pytest.mark.parametrize("name", ["stream", "window"])
def test_completions_are_those_of_the_model_alone_together_and_in_pieces(name: str) -> None:
    words = SEED.split()
    prompts = [" ".join(words[start : start + 4]) for start in range(5)]
    app = app_of(name)

    async def ask(client: Client) -> Any:
        def one(seed: str, **more: Any) -> Any:
            return client.complete(prompt=seed, max_tokens=12, **more)

        alone = [(await one(seed)).json() for seed in prompts]
        together = await asyncio.gather(*map(one, prompts))
        streamed = await asyncio.gather(*(one(seed, stream=True) for seed in prompts))
        listed = await client.complete(prompt=prompts, max_tokens=12)
        return alone, [one.json() for one in together], streamed, listed.json()

    alone, together, streamed, listed = asked(app, ask)
    texts = [expected(name, seed, 12) for seed in prompts]
    assert [one["choices"][0]["text"] for one in alone] == texts
    assert [one["choices"][0]["text"] for one in together] == texts
    assert [choice["text"] for choice in listed["choices"]] == texts
    for response, text in zip(streamed, texts, strict=True):
        choices = [piece["choices"][0] for piece in pieces(response)]
        assert "".join(choice["text"] for choice in choices) == text
        assert [choice["finish_reason"] for choice in choices][-1] == "length"
    steps, rows = app.state.workers[name].decoder.steps
    assert steps < rows


def test_completions_draw_what_the_seed_says() -> None:
    async def ask(client: Client) -> Any:
        options = {"prompt": SEED, "max_tokens": 9, "temperature": 1.0, "seed": 3}
        one = await client.complete(**options)
        several = await client.complete(**options, n=3, stream=True)
        echoed = await client.complete(**options, echo=True, top_k=5, top_p=0.9)
        return one.json(), pieces(several), echoed.json()

    one, several, echoed = asked(app_of("stream"), ask)
    text = expected("stream", SEED, 9, temperature=1.0, random_seed=3)
    assert one["choices"][0]["text"] == text
    assert {piece["choices"][0]["index"] for piece in several} == {0, 1, 2}
    assert echoed["choices"][0]["text"].startswith(SEED)


def test_completions_end_before_a_stop_and_at_the_end_of_a_text() -> None:
    whole = expected("stream", SEED, 30)
    stop = whole.split()[4]

    async def ask(client: Client) -> Any:
        options = {"prompt": SEED, "max_tokens": 30, "stop": ["never there", stop]}
        stopped = await client.complete(**options)
        streamed = await client.complete(**options, stream=True)
        return stopped.json()["choices"][0], pieces(streamed)

    stopped, streamed = asked(app_of("stream"), ask)
    assert stopped["text"] == whole[: whole.index(stop)]
    assert stopped["finish_reason"] == "stop"
    assert "".join(piece["choices"][0]["text"] for piece in streamed) == stopped["text"]


def test_completions_take_the_same_prompt_and_the_same_id_again() -> None:
    async def ask(client: Client) -> Any:
        prompts: list[Any] = [[SEED, SEED], [3, 3, 3], [[3, 3], [3, 3]]]
        options = {"max_tokens": 2, "stop": ["never there", "never there"]}
        return [(await client.complete(prompt=prompt, **options)).json() for prompt in prompts]

    answers = asked(app_of("stream"), ask)
    assert [len(answer["choices"]) for answer in answers] == [2, 1, 2]


def test_completions_of_other_tasks() -> None:
    async def ask(client: Client) -> Any:
        return [
            (await client.complete(model="names", condition="it", n=2, temperature=1)).json(),
            (await client.complete(model="digits", prompt=["Go.", "I am cold."])).json(),
            (await client.complete(model="digits", prompt="Go.", beam_size=3, n=2)).json(),
            (await client.complete(model="stream", prompt=[3, 4, 5], max_tokens=2)).json(),
        ]

    names, digits, beams, ids = asked(app_of("names", "digits", "stream"), ask)
    assert [len(one["choices"]) for one in (names, digits, beams, ids)] == [2, 2, 2, 1]
    assert ids["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


@pytest.mark.parametrize("name", ["stream", "window"])
def test_session_continues_what_was_read_and_generated(name: str) -> None:
    """Each further token is one step: the prompt is not read again."""
    text = expected(name, SEED, 9)

    async def ask(client: Client) -> Any:
        def one(**more: Any) -> Any:
            return client.complete(session="talk", **more)

        first = (await one(prompt=SEED, max_tokens=4)).json()
        second = (await one(max_tokens=5)).json()
        third = (await one(prompt="said the mouse", max_tokens=3, stream=True)).status_code
        ended = await client.delete("/v1/sessions/talk")
        gone = await client.delete("/v1/sessions/talk")
        return first, second, third, ended.status_code, gone.status_code

    first, second, *statuses = asked(app_of(name), ask)
    assert first["choices"][0]["text"] + second["choices"][0]["text"] == text
    assert second["usage"]["prompt_tokens"] == 1  # the token that was not read yet
    assert statuses == [200, 200, 404]


def test_session_reads_a_further_prompt_as_part_of_one_text() -> None:
    async def ask(client: Client) -> Any:
        words = expected("stream", SEED, 3)
        await client.complete(session="a", prompt=SEED, max_tokens=3)
        more = await client.complete(session="a", prompt="a mouse", max_tokens=6)
        whole = await client.complete(prompt=f"{SEED}{words} a mouse", max_tokens=6)
        return more.json()["choices"], whole.json()["choices"]

    more, whole = asked(app_of("stream"), ask)
    assert more[0]["text"] == whole[0]["text"]


def test_session_is_used_by_one_request_and_survives_a_wrong_one() -> None:
    async def ask(client: Client) -> Any:
        options: dict[str, Any] = {"session": "a", "max_tokens": 200}
        both = await asyncio.gather(*(client.complete(prompt=SEED, **options) for _ in range(2)))
        wrong = await client.complete(session="a", prompt="zebra", max_tokens=2)
        more = await client.complete(session="a", prompt="a mouse", max_tokens=2)
        others = [await client.complete(session=f"s{i}", prompt=SEED) for i in range(3)]
        return [one.status_code for one in both], wrong, more, [one.status_code for one in others]

    both, wrong, more, others = asked(app_of("stream", sessions=2), ask)
    assert sorted(both) == [200, 409]
    assert (wrong.status_code, wrong.json()["error"]["place"]) == (400, "prompt")
    assert more.status_code == 200
    assert others == [200, 429, 429]


def test_sessions_forget_what_nobody_asks() -> None:
    now = [0.0]
    sessions = Sessions(Limits(session_seconds=10.0, sessions=2), lambda: now[0])
    session = sessions.take("m", "a")
    session.carried = object()  # type: ignore[assignment]
    sessions.give_back(session, None)
    sessions.take("m", "b")
    now[0] = 11
    assert len(sessions) == 1  # the one in use


@pytest.mark.parametrize(
    ("name", "body", "place"),
    [
        ("stream", {"prompt": "a zebra"}, "prompt"),
        ("stream", {"prompt": ["long ago", "a zebra"]}, "prompt[1]"),
        ("stream", {"prompt": [1, 99999]}, "prompt"),
        ("stream", {"prompt": ""}, "prompt"),
        ("window", {"prompt": "long ago"}, "prompt"),
        ("stream", {"prompt": "a", "max_tokens": 0}, "max_tokens"),
        ("stream", {"prompt": "a", "max_tokens": 101}, "max_tokens"),
        ("stream", {"prompt": "a", "temperature": -1}, "temperature"),
        ("stream", {"prompt": "a", "temperature": "hot"}, "temperature"),
        ("stream", {"prompt": "a", "top_p": 0.5, "temperature": 0}, ""),
        ("stream", {"prompt": "a", "n": 3, "temperature": 0}, ""),
        ("stream", {"prompt": "a", "n": 9, "temperature": 1}, "n"),
        ("stream", {"prompt": "a", "logprobs": 1}, "logprobs"),
        ("stream", {"prompt": "a", "suffix": "b"}, "suffix"),
        ("stream", {"prompt": "a", "logit_bias": {"5": 1.0}}, "logit_bias"),
        ("stream", {"prompt": "a", "frequency_penalty": 1}, "frequency_penalty"),
        ("stream", {"prompt": "a", "stop": ["a"] * 5}, "stop"),
        ("stream", {"prompt": "a", "stop": ""}, "stop"),
        ("stream", {"prompt": "a", "stop": "b" * 257}, "stop"),
        ("stream", {"prompt": "a", "condition": "it"}, "condition"),
        ("stream", {"prompt": "a", "maxtokens": 1}, "maxtokens"),
        ("names", {"prompt": ""}, "condition"),
        ("names", {"condition": "it", "session": "a"}, "session"),
        ("reviews", {"prompt": "a"}, "model"),
    ],
)
def test_completions_name_what_is_wrong(name: str, body: dict[str, Any], place: str) -> None:
    async def ask(client: Client) -> Any:
        whole = await client.complete(**body)
        return whole, await client.complete(**body, stream=True)

    whole, streamed = asked(app_of(name, tokens=100, samples=8), ask)
    assert whole.status_code == streamed.status_code == 400
    assert whole.json() == streamed.json()
    error = whole.json()["error"]
    assert (error["param"] or "") == place, error
    assert error["message"].startswith(place)
    assert "--" not in error["message"]
