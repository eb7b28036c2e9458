"""POST /v1/predict."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rnnkit.tasks.answers import answer_queries, query_of
from tests.helpers.served import Client, app_of, asked, predictor


def records(name: str, texts: list[Any]) -> list[Any]:
    """What a file would get."""
    run = predictor(name)
    answered = answer_queries(run, [query_of(run, text) for text in texts], None)
    rows: list[Any] = [[] for _ in texts]
    for row, index in zip(answered.records, answered.of, strict=True):
        rows[index].append(row)
    return [None if index in answered.unanswered else row for index, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("reviews", ["a good film", "a bad good film", "", "film"]),
        ("tagger", ["the mouse squeaks", "it", ["the", "mouse"]]),
        ("stream", ["long ago", "the mice had a general council"]),
        ("window", ["long ago the mice"]),
        ("digits", ["I am cold.", "Go.", "We are here."]),
    ],
)
def test_predict_gives_what_a_file_gets(name: str, data: list[Any]) -> None:
    async def ask(client: Client) -> Any:
        return (await client.predict(data=data)).json()["predictions"]

    answers = asked(app_of(name), ask)
    for answer, expected in zip(answers, records(name, data), strict=True):
        if expected is None:
            assert answer is None
            continue
        for row, wanted in zip(answer, expected, strict=True):
            assert row == (wanted if "tags" in wanted else pytest.approx(wanted))


def test_predict_a_single_text_is_read_with_remarks_in_the_words_of_a_request() -> None:
    async def ask(client: Client) -> Any:
        return [
            await client.predict(data="a good zebra", top=3),
            await client.predict(data="  "),
            await client.predict(data={"text": "a good film"}),
            await client.predict(data={"words": "a good film"}),
        ]

    good, empty, record, other = asked(app_of("reviews"), ask)
    assert [row["label"] for row in good.json()["predictions"][0]] == ["pos", "neg"]
    assert "zebra" in good.json()["remarks"][0]
    assert good.json()["remarks"][1].startswith("top: the answer has 2 rows")
    assert "--" not in good.text
    assert (empty.status_code, empty.json()["error"]["place"]) == (400, "data")
    assert "nothing to read" in empty.json()["error"]["found"]
    assert record.json()["predictions"][0][0]["label"] in ("pos", "neg")
    assert (other.status_code, other.json()["error"]["found"]) == (400, "no column 'text'")


def test_predict_forecasts_a_series_and_never_opens_a_file() -> None:
    async def ask(client: Client) -> Any:
        rows = [await client.predict(data=data) for data in ([1, 2, 3, 4.5], "9 1 2 3 4.5")]
        bad = [
            await client.predict(data=data, **more)
            for data, more in (
                ("/etc/passwd", {}),
                ([1, 2], {}),
                ([1, "two", 3, 4], {}),
                ([1, 2, 3, 4], {"horizon": 5000}),
                ([], {}),
            )
        ]
        return rows, bad

    rows, bad = asked(app_of("series"), ask)
    assert rows[0].json() == rows[1].json()
    assert [row["step"] for row in rows[0].json()["predictions"][0]] == [1, 2]
    assert [one.status_code for one in bad] == [400] * 5
    assert "root" not in bad[0].text


def test_predict_says_what_a_series_needs_beside_its_numbers() -> None:
    """In the words of a request."""
    rows = [{"t": f"2020-01-01 0{hour}:00", "y": 20 + hour} for hour in range(6)]

    async def ask(client: Client) -> Any:
        return await client.predict(data=[20, 21, 22, 23]), await client.predict(data=rows)

    refused, answer = asked(app_of("hours"), ask)
    error = refused.json()["error"]
    assert (refused.status_code, error["place"]) == (400, "data")
    assert "calendar (day)" in error["expected"]
    assert "list of rows" in error["hint"]
    assert len(answer.json()["predictions"][0]) == 3


def test_predict_together_is_what_it_is_alone() -> None:
    """Requests at the same time are computed in fewer calls; one that is wrong has no say."""
    texts = [f"a {word} film" for word in ("good", "bad", "good good", "film", "bad a")] * 6
    app = app_of("reviews", batch=16)

    async def ask(client: Client) -> Any:
        alone = [(await client.predict(data=text)).json() for text in texts[:5]] * 6
        before = list(app.state.workers["reviews"].batches)
        wrong = [client.predict(data={"text": text, "x": 1}, top=0) for text in texts[:3]]
        responses = await asyncio.gather(*(client.predict(data=text) for text in texts), *wrong)
        return alone, [one.json() for one in responses], before

    alone, together, before = asked(app, ask)
    batches, answered = app.state.workers["reviews"].batches
    assert answered - before[1] == len(texts)
    assert batches - before[0] < len(texts)
    for one, other in zip(alone, together[: len(texts)], strict=True):
        (row,), (wanted,) = one["predictions"][0], other["predictions"][0]
        assert row == pytest.approx(wanted)
    assert all(one["error"]["place"] == "top" for one in together[len(texts) :])


@pytest.mark.parametrize(
    ("name", "body", "place", "found"),
    [
        ("reviews", {}, "data", "missing"),
        ("reviews", {"data": None}, "data", "nothing"),
        ("reviews", {"data": 5}, "data", "5"),
        ("reviews", {"data": []}, "data", "empty list"),
        ("reviews", {"data": ["a", 5]}, "data[1]", "5"),
        ("reviews", {"data": ["a", ["b"]]}, "data[1]", "list"),
        ("reviews", {"data": "a", "horizon": 2}, "horizon", "does not forecast"),
        ("reviews", {"data": "a", "top": "3"}, "top", "3"),
        ("reviews", {"data": "a", "tpo": 3}, "tpo", "unknown"),
        ("reviews", {"data": "a", "model": "review"}, "model", "review"),
        ("reviews", {"data": ["a"] * 5}, "data", "5 texts"),
        ("reviews", {"data": "a" * 2000}, "data", "2,000 characters"),
        ("tagger", {"data": [{"tokens": ["a", 5]}]}, "data[0]", "5"),
        ("names", {"data": "a"}, "model", "/v1/completions"),
        ("stream", {"data": {"text": "a"}}, "data", "an object"),
        ("digits", {"data": [{"sauce": "a"}]}, "data[0]", "no column"),
    ],
)
def test_predict_names_what_is_wrong(
    name: str, body: dict[str, Any], place: str, found: str
) -> None:
    async def ask(client: Client) -> Any:
        return await client.predict(**body)

    response = asked(app_of(name, texts=4, characters=1000), ask)
    error = response.json()["error"]
    assert response.status_code == (404 if "model" in body else 400)
    assert (error["place"], error["param"]) == (place, place)
    assert found in error["message"]
