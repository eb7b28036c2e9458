"""What the numbers of a training depend on besides its config: versions, backend, device."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from rnnkit import __version__, kernels
from rnnkit.environment import library_version
from rnnkit.run import RunFolder
from rnnkit.storage import read_json
from rnnkit.storage.schemas import Environment

OF_BACKEND = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib")}


def circumstances(backend: str) -> dict[str, str]:
    """The circumstances of a training in this process, by what a message calls them; all but the
    device, which only a started framework knows.
    """
    return {
        "backend": backend,
        "rnnkit": __version__,
        **{name: version for name in _libraries(backend) if (version := library_version(name))},
        "kernels": "none" if kernels.why_missing() else kernels.instruction_set(),
        "machine": platform.machine(),
        "system": platform.system(),
    }


def with_device(described: Mapping[str, str]) -> dict[str, str]:
    """Circumstances, with the device that the framework uses."""
    from rnnkit import backend

    return {**described, "device": "gpu" if backend.gpus() else "cpu"}


def recorded(run: RunFolder) -> dict[str, str]:
    """Those that a run began with, where its checkpoint names none: by environment.json."""
    environment = read_json(run.environment, "backend", kind=Environment)
    backend = str(environment["backend"])
    libraries = environment.get("libraries", {})
    named = {name: environment.get(name) for name in ("backend", "rnnkit", "machine", "system")}
    named |= {name: libraries.get(name) for name in _libraries(backend)}
    return {name: str(value) for name, value in named.items() if value is not None}


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs of what both name, such as "keras 3.15.0 -> 3.16.0"."""
    return [
        f"{name} {before[name]} -> {now[name]}"
        for name in before
        if name in now and before[name] != now[name]
    ]


def _libraries(backend: str) -> tuple[str, ...]:
    return ("keras", "numpy", *OF_BACKEND.get(backend, ()))
