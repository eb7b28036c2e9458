"""The same models in plain PyTorch, as its users write them."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gpu_checks.results import NotCheckedError, Tell, each
from gpu_checks.works import LONGEST, sizes, works

REVIEWS = "reviews, all of 500 tokens"


def torch(cpu: bool, tell: Tell) -> None:
    """Milliseconds of a step of the table's rows by torch: in a row, and where each step waits for
    its loss.
    """
    if importlib.util.find_spec("torch") is None:
        raise NotCheckedError("torch is not installed: rnnkit is timed alone")
    import torch as library

    device = "cpu" if cpu else "cuda"
    if not cpu and not library.cuda.is_available():
        raise NotCheckedError("torch sees no GPU")
    cudnn = library.backends.cudnn
    tell("library", f"{library.__version__}, cuDNN {cudnn.version()}, its TF32 {cudnn.allow_tf32}")

    def of(name: str) -> dict[str, float]:
        step, wait = built(name, cpu, device)
        return milliseconds(step, wait, sizes(cpu)["steps"])

    each({name: partial(of, name) for name in (*works(cpu), REVIEWS)}, tell)


def milliseconds(step: Callable[[], Any], wait: Callable[[], None], steps: int) -> dict[str, float]:
    """Of a step, the median of three rounds."""
    for _ in range(3):
        step().item()
    alone: list[float] = []
    in_a_row: list[float] = []
    for _ in range(3):
        for times, reads in ((in_a_row, False), (alone, True)):
            wait()
            start = time.perf_counter()
            for _ in range(steps):
                loss = step()
                if reads:
                    loss.item()
            wait()
            times.append(1e3 * (time.perf_counter() - start) / steps)
    return {
        "ms": round(statistics.median(in_a_row), 3),
        "ms, each loss read": round(statistics.median(alone), 3),
    }


def built(name: str, cpu: bool, device: str) -> tuple[Callable[[], Any], Callable[[], None]]:
    """A step of a row with Adam, and what waits for the device."""
    import torch as library
    from torch import nn

    of = sizes(cpu)
    batch, steps, features = of["rows"]
    cells = {"lstm": nn.LSTM, "gru": nn.GRU, "simple_rnn": nn.RNN}
    parts: list[Any] = []
    rows: tuple[int, ...]
    if name in cells:
        width, classes, rows = of["units"], 2, (batch,)
        inputs = library.randn(batch, steps, features, device=device)
        layer = cells[name](features, width, batch_first=True)
    elif name == REVIEWS:
        width, classes, rows = 32, 2, (batch,)
        inputs = library.randint(0, of["words"], (batch, 20 if cpu else LONGEST), device=device)
        layer = nn.LSTM(width, width, batch_first=True)
        parts = [nn.Embedding(of["words"], width)]
    else:
        width, batch, steps = next(one for one in of["models"] if f"({one[0]})" in name)
        classes, rows = of["words"], (batch, steps)
        inputs = library.randint(0, classes, rows, device=device)
        layer = nn.LSTM(width, width, num_layers=2, batch_first=True)
        parts = [nn.Embedding(classes, width)]
    targets = library.randint(0, classes, rows, device=device)
    model = nn.ModuleList([*parts, layer, nn.Linear(width, classes)]).to(device)
    optimizer = library.optim.Adam(model.parameters())

    def step() -> Any:
        x = inputs
        for part in model[:-2]:
            x = part(x)
        x = model[-2](x)[0]
        logits = model[-1](x[:, -1] if targets.ndim == 1 else x)
        loss = nn.functional.cross_entropy(logits.reshape(-1, classes), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step, (lambda: None) if cpu else library.cuda.synchronize
