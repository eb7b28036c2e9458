"""The choice of backend and device, and the seed of all random numbers."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator

from rnnkit import process
from rnnkit.backend.imports import load_library, without_optional
from rnnkit.backend.memory import keep_memory, require_room
from rnnkit.cache import COMPILED, OFF, Cache, cache_folder
from rnnkit.environment import is_installed, require
from rnnkit.errors import RUN_FAILED, RnnkitError, at
from rnnkit.storage.damage import reason

BACKENDS = ("tensorflow", "jax")
DEVICES = ("auto", "cpu", "gpu")

_FLOATS, _EPSILON = "float32", 1e-7  # keras' own defaults

BUILDING = threading.RLock()
"""Held while keras starts and while a model is built, as initial weights are drawn from generators
that all threads share.
"""


def select(backend: str | None = None, device: str = "auto") -> None:
    """Chooses backend and device; call it before anything imports keras.

    Args:
        backend: "tensorflow" or "jax"; None for KERAS_BACKEND, or else the installed one,
            TensorFlow first.
        device: "auto" uses a GPU if there is one, "cpu" hides it, "gpu" requires it.

    Raises:
        RnnkitError: If the backend is not installed or can no longer be changed, or if a GPU is
            required and there is none.
    """
    if device not in DEVICES:
        raise RnnkitError("--device", f"found {device!r}", f"Expected one of: {', '.join(DEVICES)}")
    with BUILDING:
        if "keras" not in sys.modules:
            _start(available(backend), device)
    if backend not in (None, current()):
        raise RnnkitError(
            "--backend",
            f"{backend}, but keras was imported with {current()}",
            "",
            "Start a new process",
        )
    if device == "gpu" and not gpus():
        raise RnnkitError(
            "--device",
            "gpu, but no GPU is visible",
            "",
            "Install the extra 'gpu' (TensorFlow) or jax[cuda], check the driver, or use"
            " --device cpu",
        )


def begin(backend: str | None = None, device: str = "auto") -> None:
    """Starts to import the backend that `select` will choose in a thread, while this one reads
    data; errors are left to `select`.
    """
    process.set_importing(True)
    threading.Thread(target=_begin, args=(backend, device)).start()


def _begin(backend: str | None, device: str) -> None:
    try:
        with contextlib.suppress(Exception), BUILDING:
            if "keras" not in sys.modules:
                with _written_apart():
                    _start(available(backend), device)
    finally:
        process.set_importing(False)


def available(backend: str | None = None) -> str:
    """The backend that `select` would choose, without importing anything.

    Raises:
        RnnkitError: If there is no such backend, if it is not installed, with the command that
            installs it, or if the memory that it needs is beyond this process's limits.
    """
    from_environment = None if backend else os.environ.get("KERAS_BACKEND")
    installed = (name for name in BACKENDS if is_installed(name))
    chosen = backend or from_environment or next(installed, BACKENDS[0])
    with at("KERAS_BACKEND" if from_environment else "--backend"):
        if chosen not in BACKENDS:
            raise RnnkitError("", f"found {chosen!r}", f"Expected one of: {', '.join(BACKENDS)}")
        require(chosen, extra=chosen)
        require("keras", extra=chosen)
    if "keras" not in sys.modules:
        require_room(chosen)
    return chosen


def _start(backend: str, device: str) -> None:
    """Imports keras with its settings for the rest of the process."""
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
    keep_memory()
    if backend == "jax":
        keep_compiled()
    with explained(backend), _quietly(), without_optional(backend), process.without_collection():
        if backend == "tensorflow":
            load_library()
        import keras
    # not those of keras.json: rnnkit's numbers are the same on every machine
    keras.config.set_floatx(_FLOATS)
    keras.config.set_epsilon(_EPSILON)


@contextlib.contextmanager
def explained(backend: str) -> Iterator[None]:
    """Explains the failure to import an installed framework: an incomplete installation, or
    libraries of another version or for another machine.
    """
    try:
        yield
    except (ImportError, AttributeError, OSError, ValueError) as error:
        got = f"{backend} cannot be imported ({reason(error)})"
        expected = "Expected an installation that works"
        hint = f"See what `rnnkit doctor` says, or run `pip install --force-reinstall {backend}`"
        raise RnnkitError("", got, expected, hint, exit_code=RUN_FAILED) from error


def keep_compiled() -> None:
    """Keeps the programs that XLA compiles in the folder `xla` of RNNKIT_CACHE, unless JAX's own
    variable names a folder, so that a model of the same shapes is compiled once.
    """
    if os.environ.get("RNNKIT_CACHE", "unset") not in OFF and is_installed("pooch"):
        folder = cache_folder().absolute() / COMPILED
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
        Cache.of_environment().trim()  # the last process may have compiled more
        # by default only those that take a second: the many small ones add up
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def current() -> str:
    """The backend that keras runs on."""
    import keras

    name: str = keras.backend.backend()
    return name


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Hides the messages that TensorFlow's C++ code writes at any log level; shows them if the
    import fails.
    """
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        real_stderr = os.dup(2)
    except OSError:  # closed by whoever started the process: nothing to hide
        yield
        return
    with tempfile.TemporaryFile() as greetings:
        os.dup2(greetings.fileno(), 2)
        try:
            yield
        except BaseException:
            greetings.seek(0)
            os.write(real_stderr, greetings.read())
            raise
        finally:
            os.dup2(real_stderr, 2)
            os.close(real_stderr)


@contextlib.contextmanager
def _written_apart() -> Iterator[None]:
    """Gives Python's stderr a separate descriptor, which `_quietly` does not hide, as other threads
    may write to it.
    """
    shown = sys.stderr
    try:
        if shown is None or shown.fileno() != 2:
            raise OSError
        # Never closed: imported libraries may keep it.
        apart = open(os.dup(2), "w", 1, shown.encoding, "backslashreplace")  # noqa: SIM115
    except (OSError, ValueError):  # stderr is elsewhere, or nowhere
        yield
        return
    shown.flush()
    sys.stderr = apart
    try:
        yield
    finally:
        if sys.stderr is apart:
            sys.stderr = shown


def gpus() -> list[str]:
    """The names of the GPUs that the backend sees."""
    if current() == "jax":
        import jax

        return [str(device) for device in jax.devices() if device.platform == "gpu"]
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices("GPU")]


def float_type() -> str:
    """The type in which keras computes, which another program may have set."""
    import keras

    name: str = keras.config.floatx()
    return name


def seed(random_seed: int) -> None:
    """Seeds Python, NumPy and keras, and enables deterministic operations."""
    import keras

    with _quietly(), without_optional(current()):  # keras seeds TensorFlow under JAX too
        keras.utils.set_random_seed(random_seed)
    if current() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
