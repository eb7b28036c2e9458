"""Pages for a browser: the playground of a run, and the documentation of the paths. They load
nothing from other servers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rnnkit.errors import RnnkitError
from rnnkit.serve.predict import json
from rnnkit.serve.served_runs import ServedRun
from rnnkit.serve.state import state_of

CONTENT = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:;"
    " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top;
padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8886 } code { font-size: .95em }
@media (prefers-color-scheme: dark) { body { background: #151515; color: #ddd } a { color: #8bf } }
"""


async def home(request: Request) -> Response:
    """Shows the playground of the run, or a list if there are several runs."""
    models = state_of(request).models
    runs = list(models.values())
    if len(runs) == 1:
        return await _page_of(runs[0])
    rows = [
        [f'<a href="/models/{quote(run.name, safe="")}">{escape(run.name)}</a>', escape(run.task)]
        for run in runs
    ]
    return _page("rnnkit", _table(("run", "task"), rows) + '<p><a href="/docs">What to ask</a></p>')


async def playground(request: Request) -> Response:
    """Shows the playground of a run."""
    return await _page_of(state_of(request).models.named(request.path_params["name"]))


async def _page_of(run: ServedRun) -> Response:
    """The playground of a run; its paths if it has none."""
    rows = [[f"<code>POST {escape(path)}</code>"] for path in run.does]
    words = f"<p>{escape(run.task)}</p>"
    if run.page is not None:
        try:
            text = await run_in_threadpool(run.page)
        except RnnkitError as error:  # such as a model that is too large for a page
            words += f"<p>{escape(str(error))}</p>"
        else:
            return HTMLResponse(text, headers={"Content-Security-Policy": CONTENT})
    return _page(run.name, words + _table(("what to ask",), rows))


async def openapi(request: Request) -> Response:
    """Gives the description of all paths for programs."""
    return json(state_of(request).document())


async def docs(request: Request) -> Response:
    """Shows the description of all paths."""
    document = state_of(request).document()
    rows = [
        [f"<code>{method.upper()} {escape(path)}</code>", escape(operation["summary"])]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    sections = [_table(("request", "gives"), rows)]
    for name, schema in document["components"]["schemas"].items():
        sections.append(_schema(name, schema))
    about = '<p>The same for programs: <a href="/openapi.json">openapi.json</a></p>'
    return _page("What to ask", about + "".join(sections))


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    fields = schema.get("properties", {})
    if name == "Error":
        fields = fields["error"]["properties"]
    rows = [
        [f"<code>{escape(field)}</code>", escape(about.get("description", ""))]
        for field, about in fields.items()
    ]
    words = escape(" ".join(schema.get("description", "").split()))
    return f"<h2>{escape(name)}</h2><p>{words}</p>{_table(('field', 'means'), rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _page(title: str, body: str) -> Response:
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
    return HTMLResponse(text, headers={"Content-Security-Policy": CONTENT})
