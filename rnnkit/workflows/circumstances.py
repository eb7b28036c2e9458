"""What the numbers of a training depend on besides its config: versions, backend, device, and the
user's own code.
"""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from rnnkit import __version__, kernels
from rnnkit.environment import library_version
from rnnkit.run import RunFolder
from rnnkit.storage import read_bytes, read_json
from rnnkit.storage.schemas import Environment

OF_BACKEND = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib")}


_OWN = re.compile(r"\b([A-Za-z_][\w.]*):([A-Za-z_]\w*)")
SHOWN = 12  # letters of a checksum


def circumstances(backend: str, config: str = "") -> dict[str, str]:
    """The circumstances of a training in this process, by their names in messages; without the
    device, which only a running framework knows.

    Args:
        backend: The backend of keras.
        config: The config as YAML; the source files of its components "module:Name" count.
    """
    return {
        "backend": backend,
        "rnnkit": __version__,
        **{name: version for name in _libraries(backend) if (version := library_version(name))},
        "kernels": "none" if kernels.why_missing() else kernels.instruction_set(),
        "machine": platform.machine(),
        "system": platform.system(),
        **own_code(config),
    }


def own_code(config: str) -> dict[str, str]:
    """Checksums of the source files of a config's user-defined components, and of the modules in
    the same folder that these use.
    """
    files: set[Path] = set()
    for module, name in _OWN.findall(config):
        loaded = sys.modules.get(module)
        if loaded and isinstance(vars(loaded).get(name), type) and not module.startswith("rnnkit."):
            _add_files(loaded, files)
    return {
        f"code {file.name}": hashlib.sha256(read_bytes(file)).hexdigest()[:SHOWN]
        for file in sorted(files)
    }


def _add_files(module: ModuleType, files: set[Path]) -> None:
    file = Path(getattr(module, "__file__", None) or "")
    if file.suffix != ".py" or file in files or not file.is_file():
        return
    files.add(file)
    for other in _used_by(module):
        beside = getattr(other, "__file__", None)
        if beside and Path(beside).parent == file.parent:
            _add_files(other, files)


def _used_by(module: ModuleType) -> Iterator[ModuleType]:
    """The modules that a module imported, or from which it imported something."""
    for value in list(vars(module).values()):
        if isinstance(value, ModuleType):
            yield value
        elif other := sys.modules.get(str(getattr(value, "__module__", ""))):
            yield other


def with_device(described: Mapping[str, str]) -> dict[str, str]:
    """Circumstances, with the device that the framework uses."""
    from rnnkit import backend

    return {**described, "device": "gpu" if backend.gpus() else "cpu"}


def recorded(run: RunFolder) -> dict[str, str]:
    """The circumstances of a run whose checkpoint names none, from environment.json."""
    environment = read_json(run.environment, "backend", kind=Environment)
    backend = str(environment["backend"])
    libraries = environment.get("libraries", {})
    named = {name: environment.get(name) for name in ("backend", "rnnkit", "machine", "system")}
    named |= {name: libraries.get(name) for name in _libraries(backend)}
    return {name: str(value) for name, value in named.items() if value is not None}


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The differences in circumstances that both name, such as "keras 3.15.0 -> 3.16.0"."""
    return [
        f"{name} {before[name]} -> {now[name]}"
        for name in before
        if name in now and before[name] != now[name]
    ]


def _libraries(backend: str) -> tuple[str, ...]:
    return ("keras", "numpy", *OF_BACKEND.get(backend, ()))
