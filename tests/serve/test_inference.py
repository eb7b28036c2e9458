"""The Open Inference Protocol."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnkit.serve.inference import _flat
from tests.helpers.served import Client, app_of, asked, predictor


def tensor(datatype: str, data: Any, shape: list[int] | None = None) -> dict[str, Any]:
    sizes = list(np.array(data).shape) if shape is None else shape
    return {"inputs": [{"name": "x", "shape": sizes, "datatype": datatype, "data": data}]}


def inferred(name: str, **body: Any) -> Any:
    async def ask(client: Client) -> Any:
        return await client.post(f"/v2/models/{name}/infer", json=body)

    return asked(app_of(name), ask)


def outputs(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    for output in response.json()["outputs"]:
        assert output["shape"] == [len(output["data"])]
    return {output["name"]: output["data"] for output in response.json()["outputs"]}


def test_infer_texts_and_their_ids_alike() -> None:
    texts = ["a good film", "a bad film"]
    ids = [predictor("reviews").codec.tokenizer.encode(text).tolist() for text in texts]  # type: ignore[attr-defined]
    by_text = outputs(inferred("reviews", id="7", **tensor("BYTES", texts)))
    by_ids = outputs(inferred("reviews", **tensor("INT64", ids)))
    nested = outputs(inferred("reviews", **tensor("BYTES", [[one] for one in texts])))
    assert by_text == by_ids == nested
    assert by_text["rows"] == [1, 1]


def test_infer_reads_the_same_value_again() -> None:
    """Texts, numbers and ids of a tensor are no names, of which each is said once."""
    twice = outputs(inferred("reviews", **tensor("BYTES", ["a film"] * 2)))
    assert twice["rows"] == [1, 1]
    assert outputs(inferred("series", **tensor("FP32", [3.0, 3.0, 3.0, 3.0])))["step"] == [1, 2]
    assert outputs(inferred("reviews", **tensor("INT64", [[2, 2], [2, 2]])))["rows"] == [1, 1]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("reviews", tensor("BYTES", ["a film"])),
        ("tagger", tensor("BYTES", ["the mouse"])),
        ("steps", tensor("FP32", [[[0.5, 0.5]] * 3])),
        ("stream", tensor("BYTES", ["had a general"])),
        ("digits", tensor("BYTES", ["1 2"])),
        ("series", tensor("FP32", [1.0, 2.0, 3.0, 4.5])),
    ],
)
def test_model_names_the_outputs_that_infer_gives(name: str, body: dict[str, Any]) -> None:
    async def ask(client: Client) -> Any:
        about = (await client.get(f"/v2/models/{name}")).json()
        answer = (await client.post(f"/v2/models/{name}/infer", json=body)).json()
        return about, answer

    about, answer = asked(app_of(name), ask)
    named, given = (
        [(output["name"], output["datatype"]) for output in one["outputs"]]
        for one in (about, answer)
    )
    assert named == given


def test_infer_tags_one_below_the_other() -> None:
    answer = outputs(inferred("tagger", **tensor("BYTES", ["the mouse squeaks", "", "it"])))
    assert answer["rows"] == [3, 0, 1]
    assert answer["tokens"] == ["the", "mouse", "squeaks", "it"]
    assert len(answer["tags"]) == 4


def test_infer_forecasts_numbers() -> None:
    answer = outputs(
        inferred("series", parameters={"horizon": 2}, **tensor("FP32", [1.0, 2.0, 3.0, 4.5]))
    )
    assert (answer["step"], answer["rows"]) == ([1, 2], [2])


def test_infer_gives_the_outputs_that_are_asked_for() -> None:
    named = inferred("reviews", outputs=[{"name": "label"}], **tensor("BYTES", ["a film"]))
    assert outputs(named).keys() == {"label"}
    wrong = inferred("reviews", outputs=[{"name": "labels"}], **tensor("BYTES", ["a film"]))
    assert wrong.status_code == 400
    assert "labels" in wrong.json()["error"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("reviews", {"inputs": []}),
        ("reviews", {}),
        ("reviews", tensor("BYTES", ["a"], [2])),
        ("reviews", tensor("BYTES", ["a"], [-1])),
        ("reviews", tensor("BYTES", ["a"], [])),
        ("reviews", tensor("BYTES", ["a"], [2**62, 2**62, 2**62])),
        ("reviews", tensor("BYTES", [5])),
        ("reviews", tensor("FP32", [0.5])),
        ("reviews", tensor("INT64", [10**6])),
        ("reviews", tensor("INT64", [-1])),
        ("reviews", tensor("INT64", [0.5])),
        ("reviews", tensor("FP16", [0.5])),
        ("series", tensor("FP32", ["a", "b", "c", "d"])),
        ("series", tensor("BYTES", ["1", "2", "3", "4"])),
        ("series", tensor("FP32", [[1, 2]] * 4)),
        ("series", {"parameters": {"horizon": "2"}, **tensor("FP32", [1, 2, 3, 4])}),
        ("nope", tensor("BYTES", ["a"])),
    ],
)
def test_infer_names_what_is_wrong(name: str, body: dict[str, Any]) -> None:
    async def ask(client: Client) -> Any:
        return await client.post(f"/v2/models/{name}/infer", json=body)

    response = asked(app_of("reviews", "series"), ask)
    assert response.status_code == (404 if name == "nope" else 400)
    assert isinstance(response.json()["error"], str)


def test_flat_is_as_deep_as_json_may_be() -> None:
    deep: Any = [1]
    for _ in range(5_000):
        deep = [deep]
    assert _flat([2, deep, [3]]) == [2, 1, 3]


def test_models_and_their_state() -> None:
    async def ask(client: Client) -> Any:
        paths = ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/series")
        return [(await client.get(path)).json() for path in (*paths, "/v2/models/series/ready")]

    server, live, ready, model, model_ready = asked(app_of("series"), ask)
    assert server["name"] == "rnnkit"
    assert (live, ready) == ({"live": True}, {"ready": True})
    assert model["inputs"] == [{"name": "series", "datatype": "FP32", "shape": [-1]}]
    assert model_ready == {"name": "series", "ready": True}


def test_a_run_has_one_version() -> None:
    body = {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["a film"]}]}

    async def ask(client: Client) -> Any:
        one, two = (f"/v2/models/reviews/versions/{number}" for number in (1, 2))
        paths = (one, f"{one}/ready", two, f"{two}/ready")
        got = [await client.get(path) for path in paths]
        return [*got, *[await client.post(f"{path}/infer", json=body) for path in (one, two)]]

    model, ready, *unknown, answer, refused = asked(app_of("reviews"), ask)
    assert model.json()["versions"] == ["1"]
    assert ready.json()["ready"]
    assert answer.json()["model_version"] == "1"
    for wrong in (*unknown, refused):
        assert (wrong.status_code, "version" in wrong.json()["error"]) == (404, True)
