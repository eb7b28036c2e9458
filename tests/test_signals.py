"""Signals while code runs that is not Python's, and those that are ignored."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import textwrap

import click
import pytest

from rnnkit.cli import main
from rnnkit.signals import SIGNALS, SignalHandler, mentioned_if_stopped
from tests.cli.invoke import invoke

NATIVE = """
    import os, sys, threading
    import numpy as np
    from rnnkit.signals import SignalHandler

    with SignalHandler(print, grace=0.3{ends}):
        big = np.ones((6000, 6000))
        threading.Timer(0.3, os.kill, (os.getpid(), {number})).start()
        np.linalg.svd(big @ big.T)
        print("never")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_heard_ends_native_code_after_the_grace_period(number: signal.Signals) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(NATIVE.format(number=int(number), ends=""))],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert (done.returncode, done.stdout) == (128 + number, ""), done.stderr


def test_heard_every_signal_is_received_and_given_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    for number in SIGNALS:
        received: list[int] = []
        with SignalHandler(received.append):
            os.kill(os.getpid(), number)
            assert received == [number]
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_heard_leaves_what_is_ignored(number: signal.Signals) -> None:
    """As nohup and a shell's background jobs have it."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        received: list[int] = []
        with SignalHandler(received.append):
            for _ in range(3):
                os.kill(os.getpid(), number)
        assert received == []
        assert signal.getsignal(number) == signal.SIG_IGN
    finally:
        signal.signal(number, before)


ECHOES = """
    import os, signal, sys, threading, time
    from rnnkit.signals import SignalHandler, expect_echoes, stop_without_parent

    expect_echoes()
    with SignalHandler(lambda number: print(number, flush=True), grace=60):
        for number in map(int, sys.argv[1:]):
            os.kill(os.getpid(), number) if number else stop_without_parent()
            time.sleep(0.1)
    print("over")
"""


@pytest.mark.parametrize(
    ("numbers", "code", "said"),
    [
        ((15, 15, 15), 0, "15\nover\n"),
        ((2, 15), 143, "2\n"),
        ((15, 15, 2), 130, "15\n"),
        ((2, 0), 0, "2\nover\n"),
        ((0, 0), 0, "15\nover\n"),
    ],
)
def test_an_echo_of_a_signal_is_no_second_one(
    numbers: tuple[int, ...], code: int, said: str
) -> None:
    """What signals all processes of a job reaches one twice that another passes signals on to."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ECHOES), *map(str, numbers)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (code, said), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to one process")
@pytest.mark.parametrize("module", ["click.types", "rnnkit.cli.options", "pydantic.fields"])
def test_ctrl_c_while_a_command_is_imported_says_nothing(module: str) -> None:
    """Those of the command line, and then, under its handler, those of the verb."""
    command = [sys.executable, "-X", "importtime", "-m", "rnnkit", "config", "show", "fable"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stderr is not None
        lines = [*itertools.takewhile(lambda line: module.encode() not in line, process.stderr)]
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=60)
    assert lines
    assert b"Traceback" not in rest
    assert process.returncode in (-signal.SIGINT, 130)


def test_mentioned_if_stopped_is_of_signals_alone(said: list[str]) -> None:
    for error in (KeyboardInterrupt(), SystemExit(128 + signal.SIGTERM)):
        with pytest.raises(type(error)), mentioned_if_stopped(lambda: "continue it"):
            raise error
    assert said == ["continue it"] * 2
    for other in (SystemExit(1), ValueError()):
        with pytest.raises(type(other)), mentioned_if_stopped(lambda: "continue it"):
            raise other
    assert len(said) == 2


def test_ctrl_c_that_becomes_another_error_ends_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in an import of C code, which may raise an error of its own."""

    def interrupted() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            raise SyntaxError("can't load unicodedata module") from None

    monkeypatch.setitem(main.commands, "runs", click.Command("runs", callback=interrupted))
    result = invoke("runs")
    assert (result.exit_code, result.output) == (130, "")


def test_ctrl_c_while_a_command_that_is_done_ends_says_nothing() -> None:
    """A framework tidies up then, for a second and more."""
    program = """
        import atexit, os, signal, sys
        atexit.register(lambda: [os.kill(os.getpid(), signal.SIGINT), sys.stdout.flush()])
        from rnnkit.cli import main

        sys.argv = ["rnnkit", "--version"]
        main()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")
