"""Fixtures that several tests share."""

from __future__ import annotations

import gc
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.abc import MetaPathFinder
from itertools import count
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

# Before anything imports keras: a test must not depend on what the machine has set.
for _name in [
    name for name in os.environ if name.startswith("RNNKIT_") and name != "RNNKIT_TEST_DATA"
]:
    del os.environ[_name]
os.environ["RNNKIT_CACHE"] = "0"  # nothing that another test computed
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# What is drawn at random by `make soak` is drawn again with the seed that pytest's header names.
SOAK_SEED = os.environ.setdefault("SOAK_SEED", str(time.time_ns() % 1_000_000))


def pytest_report_header() -> str:
    return f"SOAK_SEED={SOAK_SEED}"


# A disk waits for each write that is to be on it; a file system in memory does not.
_MEMORY = Path("/dev/shm")
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 4e9:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# Each process of a test run has a core; its models are too small to be shared among threads.
for _name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
# A job in the background (nohup, a CI) may ignore Ctrl-C or a closed terminal, and all that it
# starts would.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class _NoJax(MetaPathFinder):
    """TensorFlow and keras import JAX wherever it is installed, for a converter of models and for a
    callback: a second, and a hook in every collection of garbage from then on.
    """

    IMPORTERS = ("tensorflow.lite.python.util", "keras.src.callbacks.orbax_checkpoint")

    def find_spec(self, name: str, *_: object) -> None:
        if name == "jax" and any(map(self._is_imported_now, self.IMPORTERS)):
            raise ModuleNotFoundError("No module named 'jax'", name=name)

    @staticmethod
    def _is_imported_now(module: str) -> bool:
        spec = getattr(sys.modules.get(module), "__spec__", None)
        return getattr(spec, "_initializing", False)


if os.environ["KERAS_BACKEND"] == "tensorflow":
    sys.meta_path.insert(0, _NoJax())

# `make soak` tries many more examples, and others each time; an example costs JAX a compilation.
settings.register_profile(
    "quick",
    max_examples=5 if os.environ["KERAS_BACKEND"] == "jax" else 8,
    deadline=None,
    derandomize=True,
)
settings.register_profile("soak", max_examples=300, deadline=None)
settings.load_profile("quick")


gc.set_threshold(200_000, 20, 20)  # else a tenth of the time goes to looking at what is imported


def pytest_collection_finish() -> None:
    """Keeps what thousands of collected tests hold out of every later collection of garbage, and
    TensorFlow from optimizing graphs that run for a few steps; processes of their own optimize.
    """
    gc.freeze()
    _optimize_graphs(False)


def _optimize_graphs(is_wanted: bool) -> None:
    if "tensorflow" in sys.modules:
        options = {"disable_meta_optimizer": not is_wanted}
        sys.modules["tensorflow"].config.optimizer.set_experimental_options(options)


def pytest_unconfigure() -> None:
    """Nor is garbage looked for at the end."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Runs a test as pytest does, and reports what is of interest of it: each report of a worker,
    and each start and end of a test, is a message, which costs more than most tests.
    """
    _fresh_logger()
    try:
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    finally:
        os.chdir(item.config.invocation_params.dir)
        os.environ.pop("RNNKIT_RUNS", None)
    for report in reports:
        if report.when == "call" or not report.passed or report.duration > 0.1:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def _fresh_logger() -> None:
    """What an earlier test set up for the command line is gone: `caplog` sees every line."""
    logger = logging.getLogger("rnnkit")
    logger.handlers[:] = [logging.NullHandler()]
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


REPO = Path(__file__).resolve().parent.parent

Rnnkit = Callable[..., subprocess.CompletedProcess[str]]


_numbers = count()


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder of the test's own; pytest's lists all folders so far to number the next one."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    path = tmp_path_factory.getbasetemp() / f"{name}{next(_numbers)}"
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def runs(tmp_path: Path) -> Path:
    """An empty folder for runs; the current folder is an empty one too, until the test ends."""
    os.chdir(tmp_path)
    os.environ["RNNKIT_RUNS"] = str(tmp_path / "runs")
    return tmp_path / "runs"


@pytest.fixture
def rnnkit(tmp_path: Path) -> Rnnkit:
    """Calls the command line in a process of its own: rnnkit("train", "fable") -> CompletedProcess
    with text.
    """

    def call(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rnnkit", *map(str, arguments)]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=300,
            check=False,
            **options,
        )  # type: ignore[call-overload,no-any-return]

    return call


@pytest.fixture
def optimized_graphs() -> Iterator[None]:
    """TensorFlow optimizes as in any other process, whose numbers are these to the last bit."""
    _optimize_graphs(True)
    yield
    _optimize_graphs(False)


@pytest.fixture(scope="session")
def fable_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has learnt the fable (SimpleRNN, a few seconds); do not change it."""
    from tests.helpers.trained import shared_run

    return shared_run("fable_simple_rnn", tmp_path_factory)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the public data sets, where this machine has it."""
    folder = Path(os.environ.get("RNNKIT_TEST_DATA", REPO.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no public data at {folder}")
    return folder


@pytest.fixture
def said() -> Iterator[list[str]]:
    """The lines of remarks and progress so far, as they come."""
    log, lines = logging.getLogger("rnnkit"), list[str]()
    handler, level = logging.Handler(), log.level
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield lines
    log.removeHandler(handler)
    log.setLevel(level)
