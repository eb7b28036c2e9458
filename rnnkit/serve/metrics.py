"""The metrics of a server, in the format of Prometheus."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Iterator

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Counts of requests and tokens."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.tokens: Counter[tuple[str, str]] = Counter()
        self.in_flight = 0
        self._seconds: dict[str, list[int]] = {}
        self._sums: Counter[str] = Counter()

    def done(self, path: str, method: str, status: int, seconds: float) -> None:
        """Counts a request.

        Args:
            path: The route, whose names stand in braces.
            method: GET or POST.
            status: The status of its response; 499 where the client left.
            seconds: How long it took.
        """
        self.requests[path, method, status] += 1
        buckets = self._seconds.setdefault(path, [0] * (len(SECONDS) + 1))
        buckets[bisect.bisect_left(SECONDS, seconds)] += 1
        self._sums[path] += seconds  # type: ignore[assignment]

    def lines(self, gauges: Iterable[tuple[str, str, dict[str, str], float]]) -> Iterator[str]:
        """The text format of Prometheus, version 0.0.4.

        Args:
            gauges: Name, help, labels and value of what is measured now.
        """
        yield from _head("rnnkit_requests_total", "counter", "Requests that were answered.")
        for (path, method, status), count in sorted(self.requests.items()):
            labels = {"path": path, "method": method, "status": str(status)}
            yield f"rnnkit_requests_total{_labels(labels)} {count}"
        yield from _head("rnnkit_request_seconds", "histogram", "Seconds that a request took.")
        for path, buckets in sorted(self._seconds.items()):
            total = 0
            for bound, count in zip((*SECONDS, "+Inf"), buckets, strict=True):
                total += count
                labels = {"path": path, "le": str(bound)}
                yield f"rnnkit_request_seconds_bucket{_labels(labels)} {total}"
            yield f"rnnkit_request_seconds_sum{_labels({'path': path})} {self._sums[path]:.6f}"
            yield f"rnnkit_request_seconds_count{_labels({'path': path})} {total}"
        yield from _head("rnnkit_tokens_total", "counter", "Tokens that were read or generated.")
        for (model, kind), count in sorted(self.tokens.items()):
            yield f"rnnkit_tokens_total{_labels({'model': model, 'kind': kind})} {count}"
        yield from _head("rnnkit_requests_in_flight", "gauge", "Requests that are being answered.")
        yield f"rnnkit_requests_in_flight {self.in_flight}"
        before = ""
        for name, words, labels, value in gauges:
            if name != before:
                yield from _head(name, "gauge", words)
            before = name
            yield f"{name}{_labels(labels)} {value:g}"


def _head(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
