"""`rnnkit serve` under load, against keras' `model.predict` behind the same HTTP library.

    python scripts/bench_serve.py [--classifier RUN] [--generator RUN] [--seconds 5] [--rounds 3]

Without runs, imdb_lstm and shakespeare_char are trained for a few steps (`--smoke`): what an answer
costs does not depend on what a model has learnt. Prints requests per second with the median and the
99th percentile of their seconds for 1, 16 and 64 clients, tokens per second of 16 streams, and the
ratios. Both servers are asked in turn, by the same clients in a process of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLIENTS, STREAMS, WORDS, TOKENS = (1, 16, 64), 16, 200, 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classifier", help="a run that answers texts")
    parser.add_argument("--generator", help="a run of a language model that carries its state")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        peer(options.peer[0], int(options.peer[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        runs = {
            "classifier": options.classifier or trained(folder, "imdb_lstm"),
            "generator": options.generator or trained(folder, "shakespeare_char"),
        }
        measure(runs, options.seconds, options.rounds)


def trained(folder: str, config: str) -> str:
    """A run that was trained for a few steps."""
    environment = {**os.environ, "RNNKIT_RUNS": folder}
    command = [sys.executable, "-m", "rnnkit", "train", config, "--smoke"]
    subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)
    return str(Path(folder) / config)


def measure(runs: dict[str, str], seconds: float, rounds: int) -> None:
    servers = {
        "rnnkit": [sys.executable, "-m", "rnnkit", "serve", *runs.values(), "--port", "0"],
        "keras": [sys.executable, __file__, "--peer", json.dumps(runs), "0"],
    }
    started = {name: Server(command) for name, command in servers.items()}
    try:
        text, name = long_text(runs["classifier"]), Path(runs["classifier"]).resolve().name
        predict = request("/v1/predict", {"model": name, "data": text})
        for clients in CLIENTS:
            compare(f"{clients} clients", started, rounds, loaded(predict, clients, seconds))
        model = Path(runs["generator"]).resolve().name
        body = {"model": model, "prompt": "the ", "max_tokens": TOKENS, "stream": True}
        ask = request("/v1/completions", {**body, "temperature": 0})
        compare(f"{STREAMS} streams", started, rounds, streamed(ask, seconds))
    finally:
        for server in started.values():
            server.process.kill()


def compare(
    what: str, servers: dict[str, Server], rounds: int, work: Callable[[int], tuple[float, str]]
) -> None:
    """Each in turn, and the median of the rounds."""
    results: dict[str, list[tuple[float, str]]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            results[name].append(work(server.port))
    medians = {}
    for name, each in results.items():
        rate, words = sorted(each)[len(each) // 2]
        medians[name] = rate
        print(f"{what:12}{name:8}{rate:10,.1f} a second   {words}", flush=True)
    print(f"{what:12}ratio   {medians['rnnkit'] / medians['keras']:10,.1f}", flush=True)


class Server:
    """A server in a process of its own, which prints where it is asked."""

    def __init__(self, command: list[str]):
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if found := re.search(r"at http://[^:]+:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise SystemExit(f"not started: {' '.join(command)}")


def request(path: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def loaded(ask: bytes, clients: int, seconds: float) -> Callable[[int], tuple[float, str]]:
    """Clients that ask one request after the other."""

    async def client(port: int, end: float, times: list[float]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            begun = time.perf_counter()
            writer.write(ask)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            (length,) = re.findall(rb"content-length: (\d+)", head.lower())
            await reader.readexactly(int(length))
            times.append(time.perf_counter() - begun)
        writer.close()

    async def all_clients(port: int) -> list[float]:
        times: list[float] = []
        await client(port, time.perf_counter() + 0.5, [])  # warm
        end = time.perf_counter() + seconds
        await asyncio.gather(*(client(port, end, times) for _ in range(clients)))
        return times

    def work(port: int) -> tuple[float, str]:
        begun = time.perf_counter()
        times = sorted(asyncio.run(all_clients(port)))
        rate = len(times) / (time.perf_counter() - begun - 0.5)
        p99 = times[min(len(times) - 1, int(0.99 * len(times)))]
        return rate, f"p50 {1000 * statistics.median(times):.1f} ms  p99 {1000 * p99:.1f} ms"

    return work


def streamed(ask: bytes, seconds: float) -> Callable[[int], tuple[float, str]]:
    """Streams that are read to their end, or until the time is over."""

    async def client(port: int, end: float, most: int = sys.maxsize) -> int:
        characters = 0
        while time.perf_counter() < end and characters < most:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(ask)
            while time.perf_counter() < end and characters < most:
                line = await reader.readline()
                if line.startswith(b"data: {"):
                    characters += len(json.loads(line[6:])["choices"][0]["text"])
                elif line.startswith(b"data: [DONE]") or not line:
                    break
            writer.close()
        return characters

    async def all_clients(port: int) -> int:
        await client(port, time.perf_counter() + 60, 3)  # warm
        end = time.perf_counter() + seconds
        return sum(await asyncio.gather(*(client(port, end) for _ in range(STREAMS))))

    def work(port: int) -> tuple[float, str]:
        return asyncio.run(all_clients(port)) / seconds, "tokens (characters)"

    return work


def long_text(run: str) -> str:
    """A text of many known words."""
    from rnnkit.workflows.trained import find_trained, load_trained

    tokenizer = load_trained(find_trained(run)).predictor.codec.tokenizer  # type: ignore[attr-defined]
    words = [word for word in tokenizer.vocabulary if word.isalpha()]
    return " ".join(words[index * 7 % len(words)] for index in range(WORDS))


# The peer: one process, the same HTTP library, `model.predict` for each request.


def peer(runs: str, port: int) -> None:
    import threading

    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, StreamingResponse
    from starlette.routing import Route

    import rnnkit
    from rnnkit.errors import at

    named = json.loads(runs)
    classifier, generator = (rnnkit.load_run(named[kind]) for kind in ("classifier", "generator"))
    lock = threading.Lock()  # one `predict` at a time: it is not safe otherwise
    codec: Any = classifier.trained.predictor.codec
    predictor: Any = generator.trained.predictor
    tokenizer = predictor.tokenizer
    for run in (classifier, generator):
        _ = run.model

    def answer(text: str) -> float:
        with at("text"):
            encoded = codec.read([text])
        ids = encoded.padded(range(1), int(encoded.lengths.max()))
        with lock:
            logits = classifier.model.predict(ids, verbose=0)
        return float(logits[0, 0])

    async def predict(request: Any) -> JSONResponse:
        body = await request.json()
        return JSONResponse({"logit": await asyncio.to_thread(answer, body["data"])})

    def pieces(prompt: str, count: int) -> Any:
        import numpy as np

        states = [np.zeros((1, *one.shape[1:]), "float32") for one in generator.model.inputs[1:]]
        *before, token = tokenizer.encode(prompt)
        with lock:  # the prompt in one call
            _, *states = generator.model.predict([np.array([before]), *states], verbose=0)
        for _ in range(count):
            with lock:
                tokens = np.array([[token]])
                logits, *states = generator.model.predict([tokens, *states], verbose=0)
            token = int(logits[0, -1].argmax())
            choice = {"text": tokenizer.text([token]), "index": 0}
            yield f"data: {json.dumps({'choices': [choice]})}\n\n"
        yield "data: [DONE]\n\n"

    async def completions(request: Any) -> StreamingResponse:
        body = await request.json()
        return StreamingResponse(pieces(body["prompt"], body["max_tokens"]))

    routes = [
        Route("/v1/predict", predict, methods=["POST"]),
        Route("/v1/completions", completions, methods=["POST"]),
    ]
    listener = socket.create_server(("127.0.0.1", port))
    print(f"at http://127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
    config = uvicorn.Config(Starlette(routes=routes), log_level="error", access_log=False)
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
