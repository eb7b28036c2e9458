"""Checks of the installation and the environment, with a cure for each problem."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from rnnkit import __version__, backend, kernels
from rnnkit.cache import Cache, cache_folder
from rnnkit.config.document import Document
from rnnkit.config.overrides import ENVIRONMENT, apply_overrides
from rnnkit.data.read.download import MIRROR, require_mirror
from rnnkit.environment import is_installed, library_version
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.quantities import counted
from rnnkit.run import runs_folder
from rnnkit.workflows import kernel_trial
from rnnkit.workflows.check import describe_devices

SETTINGS = (
    *(
        "RNNKIT_RUNS",
        "RNNKIT_DATA",
        "RNNKIT_MIRROR",
        "RNNKIT_CACHE",
        "RNNKIT_CACHE_GB",
        "RNNKIT_DEVICE",
        "RNNKIT_BACKEND",
    ),
    *("RNNKIT_CONFIG_OVERRIDES", "RNNKIT_THREADS", "RNNKIT_DEBUG"),
)
REPORTED_ELSEWHERE = ("RNNKIT_RUNS", "RNNKIT_DATA", "RNNKIT_CACHE", "RNNKIT_THREADS")
"""Settings that another finding reports."""

CHOICES = {
    "RNNKIT_DEVICE": backend.DEVICES,
    "RNNKIT_BACKEND": backend.BACKENDS,
    "KERAS_BACKEND": backend.BACKENDS,
}
INSTALL = "Run `pip install 'rnnkit[tensorflow]'`"


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Args:
        name: What was checked.
        state: "ok", "broken", or "remark" for something missing that is not required.
        text: What was found.
        cure: How to fix it; "" if nothing needs to be done.
    """

    name: str
    state: Literal["ok", "remark", "broken"]
    text: str
    cure: str = ""


def examine(*, devices: bool = False) -> list[Finding]:
    """Checks everything that rnnkit depends on, without importing a framework.

    Args:
        devices: Also list the devices of each backend, which starts a process for each.
    """
    findings = [
        Finding("rnnkit", "ok", f"{__version__} in {Path(__file__).resolve().parent.parent}"),
        Finding("python", "ok", f"{platform.python_version()}, {platform.platform()}"),
        *_libraries(),
        _backend(),
        _kernels(),
        _threads(),
        *_settings(),
        *_folders(),
        _encoding(),
    ]
    if devices:
        findings += [Finding("device", "ok", line) for line in describe_devices()]
    return findings


def _libraries() -> Iterator[Finding]:
    """The installed libraries; one that is older than rnnkit requires is broken."""
    for name, oldest in _oldest_versions().items():
        version = library_version(name)
        if version is None:
            continue
        if _numbers(version) < _numbers(oldest):
            text = f"{version}, older than {oldest}"
            yield Finding(name, "broken", text, f"Run `pip install --upgrade '{name}>={oldest}'`")
        else:
            yield Finding(name, "ok", version)


def _oldest_versions() -> dict[str, str]:
    """The oldest supported version of each library, from the metadata of the package."""
    try:
        lines = metadata.requires("rnnkit") or []
    except metadata.PackageNotFoundError:  # run from a checkout, not installed
        return {}
    matches = (re.match(r"([A-Za-z0-9_-]+)>=([\d.]+)", line) for line in lines)
    development = r"; extra == .dev.$"
    return {
        match[1]: match[2]
        for match, line in zip(matches, lines, strict=True)
        if match and not re.search(development, line)
    }


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def _backend() -> Finding:
    """The backend that a training would use."""
    try:
        chosen = backend.available(os.environ.get("RNNKIT_BACKEND") or None)
    except RnnkitError as error:
        if not any(map(is_installed, backend.BACKENDS)) and "KERAS_BACKEND" not in os.environ:
            text = "none: rnnkit answers, checks and generates, but cannot train"
            return Finding("backend", "remark", text, INSTALL)
        return Finding("backend", "broken", error.got, error.hint or error.expected)
    return Finding("backend", "ok", f"{chosen}, by keras")


def _kernels() -> Finding:
    reason = kernels.why_missing()
    if not reason:
        text = f"compiled, instruction set {kernels.instruction_set()}"
        if wrong := kernel_trial.why_wrong():
            return Finding("kernels", "broken", f"{text}: {wrong}", _sentence(kernels.CURE))
        return Finding("kernels", "ok", f"{text}, answers and gradients match the equations")
    state: Literal["broken", "remark"] = "broken" if kernels.is_built() else "remark"
    text = reason.removesuffix(kernels.CURE).rstrip("; :")
    return Finding("kernels", state, text, _sentence(kernels.CURE))


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _threads() -> Finding:
    if wrong := kernels.wrong_threads():
        return Finding("RNNKIT_THREADS", "broken", wrong, "Unset it to use every processor")
    return Finding(
        "threads", "ok", f"{kernels.threads()} of {counted(os.cpu_count() or 1, 'processor')}"
    )


def _settings() -> Iterator[Finding]:
    """The RNNKIT_* and KERAS_BACKEND environment variables that are set."""
    for name, value in sorted(os.environ.items()):
        if name in CHOICES and value and value not in CHOICES[name]:
            expected = f"Set it to one of: {', '.join(CHOICES[name])}"
            yield Finding(name, "broken", f"found {value!r}", expected)
        elif name == ENVIRONMENT:
            yield _check_setting(name, value, lambda: apply_overrides(Document("", {}), ()))
        elif name == "RNNKIT_CACHE_GB":
            yield _check_setting(name, value, Cache.of_environment)
        elif name == MIRROR:
            yield _check_setting(name, value, require_mirror)
        elif name in SETTINGS and name not in REPORTED_ELSEWHERE:
            yield Finding(name, "ok", value)
        elif name.startswith("RNNKIT_") and name not in SETTINGS:
            cure = did_you_mean(name, SETTINGS) or "Unset it"
            yield Finding(name, "remark", f"{value}: rnnkit reads no such variable", cure)


def _check_setting(name: str, value: str, use: Callable[[], object]) -> Finding:
    try:
        use()
    except RnnkitError as error:
        return Finding(name, "broken", error.got, error.expected)
    return Finding(name, "ok", value)


def _folders() -> Iterator[Finding]:
    runs = runs_folder()
    if runs.parent.is_dir():
        yield _writable("runs", runs, "RNNKIT_RUNS")
    else:  # a run creates this folder, but not its parents
        cure = "Make it, or set RNNKIT_RUNS to another"
        yield Finding("runs", "broken", f"no folder {runs.parent} to make {runs.name} in", cure)
    try:
        yield _writable("cache", cache_folder(), "RNNKIT_CACHE")
    except RnnkitError as error:
        yield Finding("cache", "remark", error.got, error.hint)
    if folder := os.environ.get("RNNKIT_DATA"):
        if Path(folder).is_dir() and os.access(folder, os.R_OK | os.X_OK):
            yield Finding("data", "ok", f"{folder} can be read")
        else:
            cure = "Set RNNKIT_DATA to a folder that can be read, or unset it"
            yield Finding("data", "broken", f"{folder} is not a folder that can be read", cure)


def _writable(name: str, folder: Path, variable: str) -> Finding:
    """Whether a file can be written in a folder, or in its nearest parent that exists."""
    existing = folder.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    try:
        with tempfile.TemporaryFile(dir=existing):
            return Finding(name, "ok", f"{folder} can be written")
    except OSError as error:
        text = f"{folder} cannot be written ({error.strerror or error})"
        return Finding(name, "broken", text, f"Set {variable} to a folder of yours")


def _encoding() -> Finding:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if encoding.lower().startswith("utf"):
        return Finding("encoding", "ok", f"standard output is {encoding}")
    text = f"standard output is {encoding}: letters that it lacks are replaced"
    return Finding("encoding", "remark", text, "Set PYTHONIOENCODING=utf-8")
