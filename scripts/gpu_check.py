"""What only a machine with a GPU can show, in one JSON (see scripts/gpu_check.sh).

    scripts/gpu_check.sh [--output gpu_check.json] [--seconds 450] [--cpu] [--only CHECK ...]

Each check is a process of its own, so that none takes another one's memory or ends it, and has
seconds of its own, with those that the checks before it left. The JSON is written anew whenever
there is something new, so whatever ends this leaves what was found. What could not be checked is
listed there with its reason, and makes the exit code 3; a check that failed makes it 1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gpu_checks import machine, speed, trainings
from gpu_checks.cudnn import cudnn
from gpu_checks.results import LIMIT, REPO, RUNNER, Check, NotCheckedError
from gpu_checks.torch_steps import torch

SECONDS = 450
LIMITS: list[tuple[Check, float]] = [
    (machine.device, 20),
    (speed.timings, 70),
    (torch, 25),
    (speed.widths, 60),
    (speed.dispatch, 25),
    (speed.layers, 40),
    (speed.precision, 35),
    (trainings.repeated, 40),
    (cudnn, 20),
    (trainings.several_gpus, 10),
    (machine.contract, 30),
    (trainings.ptb_tied, 25),
]
"""The checks, and the seconds that each has for sure; what is left of SECONDS is there for the
first that need more.
"""
CHECKS = {check.__name__: check for check, _ in LIMITS}
Results = dict[str, dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", default="gpu_check.json", type=Path)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--only", choices=CHECKS, action="append")
    parser.add_argument("--check", choices=[*CHECKS, "once"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.check:
        check_here(options.check, options.cpu)
        return
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # and ends the check
    results = check_all(options)
    states = {one["state"] for one in results.values() if "state" in one}
    sys.exit(1 if "failed" in states else 3 if states != {"checked"} else 0)


def check_all(options: argparse.Namespace) -> Results:
    """One check after the other; without the first of them there is no other."""
    ends = time.monotonic() + options.seconds
    scale = options.seconds / SECONDS
    chosen = [(check.__name__, limit * scale) for check, limit in LIMITS]
    if options.only:
        chosen = [(name, limit) for name, limit in chosen if name in ("device", *options.only)]
    results: Results = {
        name: {"state": "not checked", "reason": "it did not begin"} for name, _ in chosen
    }

    def keep(name: str, one: dict[str, Any]) -> None:
        results[name] = one
        if both := ratios(results):
            results["torch, ms / rnnkit, ms"] = both
        written = options.output.with_suffix(".new")
        written.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        written.replace(options.output)

    for index, (name, _) in enumerate(chosen):
        reserved = sum(limit for _, limit in chosen[index + 1 :])
        limit = max(1.0, ends - time.monotonic() - reserved)
        result = run_check(name, options.cpu, limit, keep)
        print(name, result["state"], result["seconds"], "s", result.get("reason", "")[-300:])
        if name == "device" and result["state"] != "checked":
            for other, _ in chosen[1:]:
                results[other]["reason"] = "see device"
            keep(name, result)
            break
    return results


def ratios(results: Results) -> dict[str, float]:
    """How often torch takes rnnkit's time, of each row that both have; of the reviews, that of
    torch at full length by rnnkit's in each number of widths.
    """
    ours, theirs, widths = (
        {
            key: one["ms"]
            for key, one in results.get(name, {}).get("found", {}).items()
            if isinstance(one, dict) and "ms" in one  # else it failed
        }
        for name in ("timings", "torch", "widths")
    )
    found = {name: theirs[name] / ours[name] for name in ours if name in theirs}
    padded = next((ms for name, ms in theirs.items() if name.startswith("reviews")), None)
    if padded:
        found |= {f"reviews, {name}": padded / ms for name, ms in widths.items()}
    return {name: round(ratio, 2) for name, ratio in found.items()}


def run_check(
    name: str, cpu: bool, limit: float, keep: Callable[[str, dict[str, Any]], None]
) -> dict[str, Any]:
    """One check in a process of its own, and how it ended."""
    environment = {**os.environ, "KERAS_BACKEND": "jax", LIMIT: f"{limit:.0f}"}
    if cpu:
        environment["JAX_PLATFORMS"] = "cpu"
    command = [sys.executable, str(RUNNER), "--check", name, *(["--cpu"] if cpu else [])]
    result: dict[str, Any] = {"state": "running", "found": {}}
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, env=environment, stdout=said, stderr=errors, process_group=0, cwd=REPO
        )
        try:
            is_over = False
            while process.poll() is None and not is_over:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.5)
                result["seconds"] = round(time.monotonic() - started, 1)
                is_over = result["seconds"] > limit
                if told(said, result["found"], name):
                    keep(name, result)
            code = process.poll()
        finally:
            with contextlib.suppress(ProcessLookupError):  # it, and what it began
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        errors.seek(0)
        result |= verdict(code, limit, errors.read())
    keep(name, result)
    return result


def told(said: Any, found: dict[str, Any], name: str) -> bool:
    """Takes what a check has said so far, and shows what is new."""
    said.seek(0)
    everything: dict[str, Any] = {}
    for line in said.read().splitlines():
        with contextlib.suppress(ValueError):  # not written to its end, or another one's
            everything |= json.loads(line)
    new = {key: value for key, value in everything.items() if found.get(key) != value}
    for key, value in new.items():
        print(f"  {name}, {key}: {json.dumps(value)}", flush=True)
    found |= new
    return bool(new)


def verdict(code: int | None, limit: float, errors: str) -> dict[str, str]:
    """The state of a check by its exit code."""
    if code == 0:
        return {"state": "checked"}
    if code is None:
        return {"state": "not checked", "reason": f"its {limit:.0f} s are over: {errors[-300:]}"}
    lines = errors.strip().splitlines() or [f"exit code {code}"]
    if code == 3:
        return {"state": "not checked", "reason": lines[-1]}
    return {"state": "failed", "reason": f"exit code {code}: " + "\n".join(lines)[-3000:]}


def check_here(name: str, cpu: bool) -> None:
    """One check in this process, in a folder that is gone after it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RNNKIT_RUNS"] = str(Path(folder) / "runs")
        os.environ.setdefault("RNNKIT_CACHE", str(Path(folder) / "cache"))
        keeps = name in ("once", "ptb_tied")  # others say what compilation takes
        os.environ["JAX_ENABLE_COMPILATION_CACHE"] = str(keeps).lower()
        os.chdir(folder)
        try:
            {**CHECKS, "once": trainings.once}[name](cpu, tell)
        except NotCheckedError as error:
            print(str(error).replace("\n", " "), file=sys.stderr)
            sys.exit(3)
        finally:
            os.chdir(REPO)


def tell(name: str, value: Any) -> None:
    print(json.dumps({name: value}), flush=True)


if __name__ == "__main__":
    main()
