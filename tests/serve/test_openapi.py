"""The description of the paths, and the pages."""

from __future__ import annotations

import re
from typing import Any

from openapi_spec_validator import validate

from rnnkit.serve.routes import ROUTES
from rnnkit.serve.served_runs import Models, ServedRun
from tests.helpers.served import Client, app_of, asked, predictor


def test_openapi_is_valid_and_whole() -> None:
    async def ask(client: Client) -> Any:
        return (await client.get("/openapi.json")).json()

    document = asked(app_of("reviews", api_key="k"), ask, headers={"Authorization": "Bearer k"})
    validate(document)
    assert {route.path for route in ROUTES} == document["paths"].keys()
    schema = document["components"]["schemas"]["CompletionRequest"]
    assert {"prompt", "max_tokens", "session"} <= schema["properties"].keys()
    assert all("description" in about for about in schema["properties"].values())


def test_pages_load_nothing_from_elsewhere() -> None:
    app = app_of("reviews", "stream")

    async def ask(client: Client) -> Any:
        return [await client.get(path) for path in ("/", "/docs", "/models/stream")]

    for page in asked(app, ask):
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert not re.search(r"(src|href)=.?(https?:)?//", page.text)


def test_home_is_the_playground_of_one_run() -> None:
    app = app_of("reviews")
    run = ServedRun("<b>", "classification", predictor("reviews"), page=lambda: "<p>play</p>")
    app.state.models = Models([run])

    async def ask(client: Client) -> Any:
        pages = [(await client.get(path)).text for path in ("/", "/models/<b>")]
        app.state.models = Models([run, ServedRun("c", "x", predictor("reviews"))])
        return pages, (await client.get("/")).text

    pages, several = asked(app, ask)
    assert pages == ["<p>play</p>"] * 2
    assert "&lt;b&gt;" in several
    assert "<b>" not in several
