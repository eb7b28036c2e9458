"""Children that are forked while other threads of their parent compute."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rnnkit import kernels

SCRIPT = """
import multiprocessing, threading, warnings
import numpy as np
from rnnkit import kernels
from rnnkit.kernels.repeated import Repeated

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
weights = [rng.normal(size=shape).astype("f") * 0.1 for shape in ((16, 256), (64, 256), (256,))]
inputs = rng.normal(size=(32, 100, 16)).astype("f")
repeated = Repeated("lstm", [weights], [kernels.pack("lstm", weights)])


def outputs():
    (at_once,) = kernels.forward([kernels.Pass("lstm", inputs, weights)])
    (again,) = repeated(inputs[:3])
    return at_once.outputs, again.outputs


def child(queue):
    queue.put(all(map(np.array_equal, outputs(), before)))


def compute():
    while not stops.is_set():
        outputs()


before, stops = outputs(), threading.Event()
threads = [threading.Thread(target=compute) for _ in range(3)]
for thread in threads:
    thread.start()
context = multiprocessing.get_context("fork")
for _ in range(12):
    queue = context.SimpleQueue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    process.join(20)
    if process.exitcode is None:
        process.kill()
        stops.set()
        raise SystemExit("a child waits for a lock")
    assert queue.get()
stops.set()
"""


@pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())
@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_child_computes_what_its_parent_does(threads: str) -> None:
    """In a process of its own, whose library has not computed yet."""
    environment = {**os.environ, "RNNKIT_THREADS": threads}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, timeout=120)
    assert done.returncode == 0
