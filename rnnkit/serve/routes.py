"""The paths of the server, with their methods, bodies and media types."""

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

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Endpoint:
    """A path of the server.

    Args:
        path: The path, with parameters in braces.
        handler: The function that answers; its docstring is the summary in the documentation.
        method: GET, POST or DELETE.
        takes: The type of the body; None for none.
        media: The media type of the response.
        query: Parameters after the question mark.
    """

    path: str
    handler: Handler
    method: str = "GET"
    takes: type[Spec] | None = None
    media: str = "application/json"
    query: tuple[str, ...] = ()

    def mounted(self) -> Route:
        """The route for Starlette, which also records the path for the metrics."""

        async def counted(request: Request) -> Response:
            request.scope["rnnkit.path"] = self.path
            return await self.handler(request)

        return Route(self.path, counted, methods=[self.method])


ROUTES = (
    Endpoint("/", pages.home, media="text/html"),
    Endpoint("/models/{name}", pages.playground, media="text/html"),
    Endpoint("/docs", pages.docs, media="text/html"),
    Endpoint("/openapi.json", pages.openapi),
    Endpoint("/health", monitoring.health),
    Endpoint("/metrics", monitoring.metrics, media="text/plain"),
    Endpoint("/v1/models", monitoring.models),
    Endpoint("/v1/models/{name}", monitoring.model),
    Endpoint("/v1/predict", predict, "POST", PredictRequest),
    Endpoint("/v1/completions", completions, "POST", CompletionRequest),
    Endpoint("/v1/sessions/{name}", end_session, "DELETE", query=("model",)),
    Endpoint("/v2", inference.server),
    Endpoint("/v2/health/live", inference.live),
    Endpoint("/v2/health/ready", inference.ready),
    *(
        endpoint
        for model in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}")
        for endpoint in (
            Endpoint(model, inference.model),
            Endpoint(f"{model}/ready", inference.model_ready),
            Endpoint(f"{model}/infer", inference.infer, "POST", InferRequest),
        )
    ),
)
