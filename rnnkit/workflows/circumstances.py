"""The environment that a training's results depend on besides its config: library versions,
backend, device, and the user's own code.
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

BACKEND_LIBRARIES = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib")}
_USER_COMPONENT = re.compile(r"\b([A-Za-z_][\w.]*):([A-Za-z_]\w*)")
CHECKSUM_LETTERS = 12


def circumstances(backend: str, config: str = "") -> dict[str, str]:
    """The circumstances of a training in this process, keyed by the names that messages use; the
    device is added by `with_device`, since only a running framework knows it.

    Args:
        backend: The backend of keras.
        config: The config as YAML; the source files of its "module:Name" components are included.
    """
    return {
        "backend": backend,
        "rnnkit": __version__,
        **{name: version for name in _libraries(backend) if (version := library_version(name))},
        "kernels": "none" if kernels.why_missing() else kernels.instruction_set(),
        "machine": platform.machine(),
        "system": platform.system(),
        **_code_checksums(config),
    }


def _code_checksums(config: str) -> dict[str, str]:
    """Checksums of the source files that define a config's "module:Name" components, and of the
    modules in the same folder that these files import.
    """
    files: set[Path] = set()
    for module, name in _USER_COMPONENT.findall(config):
        loaded = sys.modules.get(module)
        if loaded and isinstance(vars(loaded).get(name), type) and not module.startswith("rnnkit."):
            _add_sources(loaded, files)
    return {
        f"code {file.name}": hashlib.sha256(read_bytes(file)).hexdigest()[:CHECKSUM_LETTERS]
        for file in sorted(files)
    }


def _add_sources(module: ModuleType, files: set[Path]) -> None:
    file = Path(getattr(module, "__file__", None) or "")
    if file.suffix != ".py" or file in files or not file.is_file():
        return
    files.add(file)
    for imported in _imported_by(module):
        source = getattr(imported, "__file__", None)
        if source and Path(source).parent == file.parent:
            _add_sources(imported, files)


def _imported_by(module: ModuleType) -> Iterator[ModuleType]:
    """The modules that a module imported, or from which it imported something."""
    for value in list(vars(module).values()):
        if isinstance(value, ModuleType):
            yield value
        elif definer := sys.modules.get(str(getattr(value, "__module__", ""))):
            yield definer


def with_device(before_start: Mapping[str, str]) -> dict[str, str]:
    """Adds the device that the framework uses to circumstances without one."""
    from rnnkit import backend

    return {**before_start, "device": "gpu" if backend.gpus() else "cpu"}


def recorded_circumstances(run: RunFolder) -> dict[str, str]:
    """The circumstances of a run whose checkpoint has none, read from environment.json."""
    environment = read_json(run.environment, "backend", kind=Environment)
    backend = str(environment["backend"])
    libraries = environment.get("libraries", {})
    values = {name: environment.get(name) for name in ("backend", "rnnkit", "machine", "system")}
    values |= {name: libraries.get(name) for name in _libraries(backend)}
    return {name: str(value) for name, value in values.items() if value is not None}


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The changed values of keys that both have, such as "keras 3.15.0 -> 3.16.0"."""
    return [
        f"{name} {before[name]} -> {now[name]}"
        for name in before
        if name in now and before[name] != now[name]
    ]


def _libraries(backend: str) -> tuple[str, ...]:
    return ("keras", "numpy", *BACKEND_LIBRARIES.get(backend, ()))
