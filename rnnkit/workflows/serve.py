"""Serving of runs over HTTP."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from rnnkit.config.spec import validated
from rnnkit.environment import require
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import log
from rnnkit.workflows.trained import Trained, find_trained, load_trained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rnnkit.serve.served_runs import ServedRun

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def serve(
    names: Sequence[str],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    api_key: str | None = None,
    limits: Mapping[str, object] | None = None,
) -> int | None:
    """Answers requests until a signal arrives.

    Args:
        names: Folders or names of runs; empty for the newest.
        host: The address to listen on.
        port: The port; 0 for any free one.
        api_key: The key that requests must send; None for none.
        limits: The fields of `Limits` to set, by name.

    Returns:
        The number of the signal; None if the server ended without one.

    Raises:
        RnnkitError: If a run cannot be opened, or the port is in use.
    """
    with at("serve"):
        for library in ("starlette", "uvicorn"):
            require(library, "serve")
    from rnnkit.serve.app import App
    from rnnkit.serve.limits import Limits
    from rnnkit.serve.served_runs import Models
    from rnnkit.serve.server import listen, serve, url_of
    from rnnkit.serve.state import Settings

    with at("--limit"):
        allowed = validated(Limits, limits or {})
    if api_key is not None and not api_key.strip():
        raise RnnkitError("--api-key", "an empty key", "Expected at least one character")
    runs = [find_trained(name) for name in names] or [find_trained(None)]
    models = Models([_served(load_trained(run)) for run in runs])
    listener = listen(host, port)
    hosts = None
    if _is_loopback(listener.getsockname()[0]):
        hosts = tuple(dict.fromkeys((*LOOPBACK, host.lower())))
    elif api_key is None:
        log.warning("anyone who reaches this machine may ask: no --api-key is set")
    app = App(models, Settings(allowed, api_key, hosts))
    url = url_of(listener)

    def announce() -> None:
        log.info(f"serving {', '.join(models)} at {url}")

    return serve(app, listener, announce)


def _served(trained: Trained) -> ServedRun:
    from rnnkit.serve.served_runs import ServedRun

    @cache  # built only if a browser requests it
    def page() -> str:
        from rnnkit.export.html.page import page
        from rnnkit.workflows.export import open_model

        return page(open_model(str(trained.run.path)))

    return ServedRun(trained.run.path.resolve().name, trained.task.kind(), trained.predictor, page)


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
