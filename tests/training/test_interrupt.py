"""Signals: the first asks, the second ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from rnnkit.training.interrupt import StoppedError, StopRequest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop_request_first_signal_only_asks(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with StopRequest() as request:
        assert request.signal is None
        os.kill(os.getpid(), number)
        assert request.signal == number
        assert signal.getsignal(number) != before
    assert signal.getsignal(number) == before


def test_stop_request_handlers_after_an_error() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(ZeroDivisionError), StopRequest():
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_stop_request_ctrl_c_after_the_block() -> None:
    with StopRequest():
        pass
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_stop_request_nested() -> None:
    with StopRequest() as outer:
        with StopRequest() as inner:
            os.kill(os.getpid(), signal.SIGTERM)
        assert (outer.signal, inner.signal) == (None, signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        assert outer.signal == signal.SIGINT


@pytest.mark.parametrize("comes", ["before", "within", "after"])
def test_stop_request_leaving(comes: str) -> None:
    done = []

    def signal_if(now: str) -> None:
        if comes == now:
            os.kill(os.getpid(), signal.SIGTERM)

    with StopRequest() as request:
        signal_if("before")
        with contextlib.suppress(StoppedError), request.leaving():
            done.append("begun")
            signal_if("within")
            done.append("whole")
        signal_if("after")
        assert request.signal == signal.SIGTERM
    assert done == {"before": [], "within": ["begun"], "after": ["begun", "whole"]}[comes]


def test_stop_request_in_a_thread() -> None:
    """As in a notebook's or a web server's worker."""
    seen: list[object] = []

    def work() -> None:
        before = signal.getsignal(signal.SIGINT)
        with StopRequest() as request:
            seen.append(request.signal)
            seen.append(signal.getsignal(signal.SIGINT) == before)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None, True]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (signal.SIGINT, signal.SIGINT, 130),
        (signal.SIGTERM, signal.SIGTERM, 143),
        (signal.SIGINT, signal.SIGTERM, 143),
    ],
)
def test_stop_request_second_signal_ends_the_process(
    first: signal.Signals, second: signal.Signals, code: int
) -> None:
    script = f"""
        import os, time
        from rnnkit.training.interrupt import StopRequest

        with StopRequest() as request:
            os.kill(os.getpid(), {int(first)})
            print(request.signal, flush=True)
            os.kill(os.getpid(), {int(second)})
            time.sleep(30)
            print("never")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, f"{int(first)}\n", "")


def test_stop_request_second_signal_in_a_long_step() -> None:
    """Python's own handlers wait for code that is not Python's: here a sum that takes much longer
    than the test.
    """
    script = """
        import sys
        import numpy as np
        from rnnkit.training.interrupt import StopRequest

        with StopRequest():
            print("ready", flush=True)
            big = np.ones((6000, 6000))
            np.linalg.svd(big @ big.T)
            print("never")
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert process.poll() is None  # the first one only asks
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert process.stdout.read() == ""
    process.stdout.close()
