"""What only a machine with a GPU can show, in one JSON (see scripts/gpu_check.sh).

    scripts/gpu_check.sh [--output gpu_check.json] [--seconds 450] [--cpu]

Each check is a process of its own, so that none takes another one's memory or ends it; the JSON is
written anew after each. What could not be checked is listed there with its reason, and makes the
exit code 3; a check that failed makes it 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent
LAST_CHECK = "ptb_tied"
Found = dict[str, Any]


class NotCheckedError(Exception):
    """Something that this machine lacks."""


def sizes(cpu: bool) -> dict[str, Any]:
    """The rows of issue 20's table; on a CPU small ones, which show that the check runs."""
    if cpu:
        return {"rows": (8, 20, 4), "units": 4, "models": [(8, 4, 6)], "words": 50, "steps": 6}
    models = [(200, 20, 20), (512, 20, 35), (1500, 20, 35)]  # units, batch, timesteps
    return {"rows": (128, 500, 32), "units": 32, "models": models, "words": 10_000, "steps": 40}


def device(cpu: bool) -> Found:
    """What the machine is."""
    import jax
    import keras

    devices = jax.devices()
    found = {
        "devices": [str(one.device_kind) for one in devices],
        "platform": devices[0].platform,
        "jax": jax.__version__,
        "keras": keras.__version__,
    }
    if devices[0].platform != "gpu" and not cpu:
        raise NotCheckedError(f"JAX sees no GPU: {found}")
    return found


def cudnn(cpu: bool) -> Found:
    """Whether keras' LSTM and GRU are cuDNN's: the compiled program says it."""
    import jax
    import keras
    import numpy as np

    inputs = np.ones((4, 16, 8), np.float32)
    found: Found = {}
    for layer in (keras.layers.LSTM, keras.layers.GRU):
        for use in ("auto", False):
            model = keras.Sequential([keras.Input((16, 8)), layer(16, use_cudnn=use)])
            program = jax.jit(lambda x, model=model: model(x)).lower(inputs).compile().as_text()
            found[f"{layer.__name__}, use_cudnn={use}"] = "cudnn" in program.lower()
    if cpu:
        raise NotCheckedError("cuDNN runs on a GPU alone")
    return found


def misaligned(cpu: bool) -> Found:
    """The known fault of keras' JAX backend: with a dropout so small that it drops nothing, the
    outputs in training must be those without; the backward half of a bidirectional LSTM was not.
    """
    import keras
    import numpy as np

    inputs = np.random.default_rng(0).normal(size=(4, 12, 8)).astype(np.float32)
    found: Found = {}
    for use in ("auto", False):
        cell = keras.layers.LSTM(6, dropout=1e-7, return_sequences=True, use_cudnn=use)
        layer = keras.layers.Bidirectional(cell)
        plain = np.asarray(layer(inputs, training=False))
        apart = np.abs(np.asarray(layer(inputs, training=True)) - plain)
        found[f"use_cudnn={use}"] = {
            "forward": float(apart[..., :6].max()),
            "backward": float(apart[..., 6:].max()),
        }
    if found["use_cudnn=False"]["backward"] > 1e-4:
        raise AssertionError(f"the steps without cuDNN are misaligned too: {found}")
    if cpu:
        raise NotCheckedError("the fault is of cuDNN's path; without it both halves are right")
    return found


def contract(cpu: bool) -> Found:
    """The tests that may differ by backend and device."""
    if importlib.util.find_spec("pytest") is None:
        raise NotCheckedError("pytest is not installed")
    paths = ["tests/backend/test_scan.py"] if cpu else ["tests/backend", "tests/cells"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "backend and not soak", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPO)
    if done.returncode:
        raise AssertionError(done.stdout[-2000:] + done.stderr[-500:])
    return {"pytest": done.stdout.strip().splitlines()[-1]}


def seconds_per_step(config: Found, folder: Path) -> tuple[float, float]:
    """Of rnnkit's own loop, in the last of three epochs, and the loss of that epoch."""
    from rnnkit import backend
    from rnnkit.tasks.prepared import Source
    from rnnkit.tasks.task import load_task
    from rnnkit.workflows.trial import trial

    os.chdir(folder)
    task = load_task(config)
    data = task.prepare(Source())
    backend.select("jax")
    with trial(task, data, task.network(data.codec)) as fit:
        fit.go()
        row = fit.progress.history[-1]
    return row["seconds"] / data.train.steps, row["loss"]


def classifier(cpu: bool, cell: str, **train: Any) -> Found:
    """LSTM(32) or another over sequences of numbers, whose file it writes."""
    import numpy as np

    of = sizes(cpu)
    batch, steps, features = of["rows"]
    rows, generator = batch * of["steps"], np.random.default_rng(0)
    values = generator.normal(size=(rows, steps, features)).astype(np.float32)
    np.savez("sequences.npz", x=values, y=generator.integers(0, 2, rows))
    return {
        "task": "classification",
        "data": {"dataset": {"arrays": str(Path("sequences.npz").resolve())}},
        "model": {"embedding": "none", "layers": [{cell: of["units"]}]},
        "train": {"batch_size": batch, "epochs": 3, **train},
    }


def stream(cpu: bool, model: tuple[int, int, int], **train: Any) -> Found:
    """Two LSTM layers that predict the next of some thousand words."""
    import numpy as np

    units, batch, bptt = model
    words, tokens = sizes(cpu)["words"], batch * bptt * sizes(cpu)["steps"] + 1
    drawn = np.random.default_rng(0).integers(0, words, tokens)
    text = " ".join(f"w{number}" for number in [*range(words), *drawn[words:]][:tokens])
    return {
        "task": {"language_model": {"stream": True, "bptt": bptt}},
        "data": {"dataset": {"inline": text}},
        "model": {"embedding": units, "layers": [{"lstm": units}, {"lstm": units}]},
        "train": {"batch_size": batch, "epochs": 3, **train},
    }


def works(cpu: bool) -> dict[str, Callable[[], Found]]:
    """The rows of the table, each with its config; on a CPU the first of either kind."""
    cells = ("lstm",) if cpu else ("lstm", "gru", "simple_rnn")
    return {
        **{cell: (lambda cell=cell: classifier(cpu, cell)) for cell in cells},
        **{
            f"2 x LSTM({model[0]})": (lambda model=model: stream(cpu, model))
            for model in sizes(cpu)["models"]
        },
    }


def timings(cpu: bool) -> Found:
    """Milliseconds of a step by rnnkit and, where it is installed, by torch, in the same run."""
    found: Found = {}
    folder = Path.cwd()
    has_torch = importlib.util.find_spec("torch") is not None
    for name, config in works(cpu).items():
        ours = 1e3 * seconds_per_step(config(), folder)[0]
        found[name] = {"rnnkit, ms": round(ours, 3)}
        if has_torch:
            theirs = 1e3 * by_torch(cpu, name)
            found[name] |= {"torch, ms": round(theirs, 3), "torch / rnnkit": theirs / ours}
    if not has_torch:
        found["not checked"] = "torch is not installed: rnnkit is timed alone"
    return found


def by_torch(cpu: bool, name: str) -> float:
    """Seconds of a step of the same model in plain PyTorch, with Adam."""
    import torch
    from torch import nn

    place, of = torch.device("cpu" if cpu else "cuda"), sizes(cpu)
    cells = {"lstm": nn.LSTM, "gru": nn.GRU, "simple_rnn": nn.RNN}
    if name in cells:
        batch, steps, features = of["rows"]
        layer = cells[name](features, of["units"], batch_first=True)
        parts, width, classes = [layer], of["units"], 2
        inputs = torch.randn(batch, steps, features, device=place)
        targets = torch.randint(0, 2, (batch,), device=place)
    else:
        width, batch, steps = next(one for one in of["models"] if f"({one[0]})" in name)
        classes = of["words"]
        layer = nn.LSTM(width, width, num_layers=2, batch_first=True)
        parts = [nn.Embedding(classes, width), layer]
        inputs = torch.randint(0, classes, (batch, steps), device=place)
        targets = torch.randint(0, classes, (batch, steps), device=place)
    model = nn.ModuleList([*parts, nn.Linear(width, classes)]).to(place)
    optimizer = torch.optim.Adam(model.parameters())

    def step() -> None:
        x = inputs
        for part in model[:-2]:
            x = part(x)
        x = model[-2](x)[0]
        logits = model[-1](x[:, -1] if targets.ndim == 1 else x)
        loss = nn.functional.cross_entropy(logits.reshape(-1, classes), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()

    times = []
    for _ in range(3 + of["steps"]):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times[3:])


def recurrences(cpu: bool) -> Found:
    """Milliseconds of a layer forwards and backwards by keras, by cuDNN, and by a scan whose
    gradient is written by hand: which is fastest, and do they agree?
    """
    sys.path.append(str(REPO / "scripts"))
    from recurrences import compared

    of = sizes(cpu)
    rows = (*of["rows"], of["units"])
    shapes = {cell: [rows] for cell in ("lstm", "gru", "simple_rnn")}
    shapes["lstm"] += [(batch, steps, units, units) for units, batch, steps in of["models"]]
    unrolls = {"lstm": (1, 2) if cpu else (1, 4, 16)}
    found = {
        f"{cell} {shape}": compared(cell, shape, unrolls.get(cell, (1,)))
        for cell, several in shapes.items()
        for shape in several
    }
    furthest = max(way["apart"] for ways in found.values() for way in ways.values())
    if furthest > (1e-4 if cpu else 2e-2):  # products on a GPU are of TF32
        raise AssertionError(f"the gradients differ by {furthest:.3g}: {found}")
    return found


def precision(cpu: bool) -> Found:
    """float32 and bfloat16: milliseconds of a step, and the loss that each reaches."""
    found: Found = {}
    model = sizes(cpu)["models"][-1]
    for kind in ("float32", "bfloat16"):
        seconds, loss = seconds_per_step(stream(cpu, model, precision=kind), Path.cwd())
        found[kind] = {"ms": round(1e3 * seconds, 3), "loss": loss}
    apart = abs(found["float32"]["loss"] - found["bfloat16"]["loss"])
    if apart > 0.02 * found["float32"]["loss"]:
        raise AssertionError(f"the losses differ by {apart:.3g}: {found}")
    return found


def determinism(cpu: bool) -> Found:
    """The same seed twice, in processes of their own: the same weights? And with XLA's promise of
    it: at what cost?
    """
    found: Found = {}
    flags = {"as it is": ""} if cpu else {"as it is": "", "deterministic": DETERMINISTIC}
    for name, flag in flags.items():
        env = {**os.environ, "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {flag}".strip()}
        done = [
            json.loads(
                subprocess.run(
                    [sys.executable, __file__, "--check", "once", *(["--cpu"] if cpu else [])],
                    env=env,
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout.splitlines()[-1]
            )
            for _ in range(2)
        ]
        found[name] = {
            "same weights": done[0]["weights"] == done[1]["weights"],
            "ms": min(one["ms"] for one in done),
        }
    if not list(found.values())[-1]["same weights"]:
        raise AssertionError(f"the same seed gave other weights: {found}")
    return found


DETERMINISTIC = "--xla_gpu_deterministic_ops=true"


def once(cpu: bool) -> Found:
    """A training, and the checksum of its weights."""
    import hashlib

    import numpy as np

    from rnnkit import backend
    from rnnkit.tasks.prepared import Source
    from rnnkit.tasks.task import load_task
    from rnnkit.workflows.trial import trial

    task = load_task(stream(cpu, sizes(cpu)["models"][0]))
    data = task.prepare(Source())
    backend.select("jax")
    checksum = hashlib.sha256()
    with trial(task, data, task.network(data.codec)) as fit:
        fit.go()
        for variable in fit.model.weights:
            checksum.update(np.asarray(variable.value).tobytes())
        seconds = fit.progress.history[-1]["seconds"] / data.train.steps
    return {"weights": checksum.hexdigest(), "ms": 1e3 * seconds}


def ptb_tied(cpu: bool) -> Found:
    """The shipped config, for as many epochs as the time allows (published: 76.05)."""
    from rnnkit.errors import RnnkitError
    from rnnkit.workflows.train import train

    limit = float(os.environ["GPU_CHECK_SECONDS"])
    os.environ.setdefault("RNNKIT_DATA", os.environ.get("RNNKIT_TEST_DATA", ""))
    import keras

    started = time.monotonic()

    class InTime(keras.callbacks.Callback):
        """Ends the training before the time does."""

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            spent = time.monotonic() - started
            self.model.stop_training |= spent + 1.5 * spent / (epoch + 1) > limit

    overrides = ["model.embedding=8"] if cpu else []
    overrides += [f"model.layers.{index}.lstm.units=8" for index in (1, 3)] if cpu else []
    try:
        shown = [InTime()]
        run = train("ptb_tied", overrides, smoke=cpu, backend_name="jax", callbacks=shown).run
    except RnnkitError as error:
        raise NotCheckedError(f"Penn Treebank is not here ({error})") from None
    history = run.load_history()
    scores = json.loads(run.metrics.read_text(encoding="utf-8"))
    return {"epochs": history.epochs[-1], "scores": scores, "published": 76.05}


ONE_BY_ONE = (
    device,
    cudnn,
    misaligned,
    timings,
    recurrences,
    precision,
    determinism,
    contract,
    ptb_tied,
)
CHECKS: dict[str, Callable[[bool], Found]] = {one.__name__: one for one in ONE_BY_ONE}


def run_check(name: str, options: argparse.Namespace, left: float) -> Found:
    """One check in a process of its own, and how it ended."""
    command = [sys.executable, __file__, "--check", name, *(["--cpu"] if options.cpu else [])]
    environment = {**os.environ, "KERAS_BACKEND": "jax", "GPU_CHECK_SECONDS": f"{left - 30:.0f}"}
    if options.cpu:
        environment["JAX_PLATFORMS"] = "cpu"
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=left, check=False
        )
    except subprocess.TimeoutExpired:
        return {"state": "not checked", "reason": f"no time: {left:.0f} s were left"}
    seconds = round(time.monotonic() - started, 1)
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0:
        return {"state": "checked", "seconds": seconds, "found": json.loads(lines[-1])}
    said = (lines or [""])[-1] if done.returncode == 3 else done.stderr[-3000:]
    state = "not checked" if done.returncode == 3 else "failed"
    return {"state": state, "seconds": seconds, "reason": said}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", default="gpu_check.json")
    parser.add_argument("--seconds", type=float, default=450)
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--check", choices=[*CHECKS, "once"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.check:
        check_here(options)
        return
    ends = time.monotonic() + options.seconds
    results: dict[str, Found] = {}
    for name in CHECKS:
        left = ends - time.monotonic()
        share = left if name in (LAST_CHECK, "device") else 0.6 * left
        results[name] = run_check(name, options, max(1.0, share))
        Path(options.output).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        print(name, results[name]["state"], results[name].get("reason", "")[-200:], flush=True)
        if name == "device" and results[name]["state"] != "checked":
            break
    states = {one["state"] for one in results.values()}
    sys.exit(1 if "failed" in states else 3 if "not checked" in states else 0)


def check_here(options: argparse.Namespace) -> None:
    """One check in this process, in a folder that is gone after it."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.environ["RNNKIT_RUNS"] = str(Path(folder) / "runs")
        os.chdir(folder)
        try:
            found = {**CHECKS, "once": once}[options.check](options.cpu)
        except NotCheckedError as error:
            print(str(error).replace("\n", " "))
            sys.exit(3)
        finally:
            os.chdir(REPO)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
