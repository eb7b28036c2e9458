"""What may be asked: each path, by which method, what it takes and what it gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rnnkit.config.spec import Spec
from rnnkit.serve import inference, monitoring, pages
from rnnkit.serve.completions import completions, end_session
from rnnkit.serve.predict import predict
from rnnkit.serve.requests import CompletionRequest, InferRequest, PredictRequest

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Asked:
    """A path of the server.

    Args:
        path: With names in braces.
        endpoint: What answers; its docstring says what it does.
        method: GET, POST or DELETE.
        takes: The body.
        media: The media type of the response.
        query: Parameters after the question mark.
    """

    path: str
    endpoint: Endpoint
    method: str = "GET"
    takes: type[Spec] | None = None
    media: str = "application/json"
    query: tuple[str, ...] = ()

    def mounted(self) -> Route:
        """It as Starlette has it, which tells the counts of its path."""

        async def counted(request: Request) -> Response:
            request.scope["rnnkit.path"] = self.path
            return await self.endpoint(request)

        return Route(self.path, counted, methods=[self.method])


ROUTES = (
    Asked("/", pages.home, media="text/html"),
    Asked("/models/{name}", pages.playground, media="text/html"),
    Asked("/docs", pages.docs, media="text/html"),
    Asked("/openapi.json", pages.openapi),
    Asked("/health", monitoring.health),
    Asked("/metrics", monitoring.metrics, media="text/plain"),
    Asked("/v1/models", monitoring.models),
    Asked("/v1/models/{name}", monitoring.model),
    Asked("/v1/predict", predict, "POST", PredictRequest),
    Asked("/v1/completions", completions, "POST", CompletionRequest),
    Asked("/v1/sessions/{name}", end_session, "DELETE", query=("model",)),
    Asked("/v2", inference.server),
    Asked("/v2/health/live", inference.live),
    Asked("/v2/health/ready", inference.ready),
    *(
        asked
        for model in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}")
        for asked in (
            Asked(model, inference.model),
            Asked(f"{model}/ready", inference.model_ready),
            Asked(f"{model}/infer", inference.infer, "POST", InferRequest),
        )
    ),
)
