"""Compiles rnnkit/kernels/src: the build hook of the package, and a command.

    python scripts/build_kernels.py

It tries the system's C compiler ($CC, cc, gcc, clang), then Zig's, the package `ziglang`: where no
other one works, building a wheel or installing from the sources asks for that package. Where
none works rnnkit is installed without kernels, and does everything without them. RNNKIT_TARGET
names another platform that Zig compiles for (scripts/wheels.py).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path("rnnkit/kernels")
SUFFIXES = {"darwin": ".dylib", "win32": ".dll"}
FLAGS = ["-O3", "-std=gnu11", "-fvisibility=hidden", "-ffp-contract=fast"]
X86 = {
    "avx512": ["-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mavx2", "-mfma"],
    "avx2": ["-mavx2", "-mfma"],
    "baseline": [],
}
ELSEWHERE = {"baseline": list[str]()}  # on arm64 that is NEON


class Target(NamedTuple):
    """A platform.

    Args:
        system: As sys.platform names it.
        machine: As platform.machine() names it.
        tag: Of its wheels.
        zig: Zig's name for it; "" for this machine's own.
    """

    system: str
    machine: str
    tag: str
    zig: str = ""


TARGETS = {
    "linux-x86_64": Target("linux", "x86_64", "manylinux_2_17_x86_64", "x86_64-linux-gnu.2.17"),
    "linux-arm64": Target("linux", "aarch64", "manylinux_2_17_aarch64", "aarch64-linux-gnu.2.17"),
    "macos-x86_64": Target("darwin", "x86_64", "macosx_11_0_x86_64", "x86_64-macos.11.0"),
    "macos-arm64": Target("darwin", "arm64", "macosx_11_0_arm64", "aarch64-macos.11.0"),
    "windows-x86_64": Target("win32", "amd64", "win_amd64", "x86_64-windows-gnu"),
}
"""Those that wheels are built for."""


def target() -> Target:
    """The platform to build for: RNNKIT_TARGET, else this machine."""
    if name := os.environ.get("RNNKIT_TARGET"):
        return TARGETS[name]
    tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return Target(sys.platform, platform.machine(), tag)


def library() -> Path:
    """The file that is built, relative to the root of the repository."""
    return FOLDER / f"librnnkit{SUFFIXES.get(target().system, '.so')}"


def build(root: Path) -> str:
    """Compiles the library, unless it is there for these sources, and beside it the SHA-256 of its
    bytes and of its sources.

    Returns:
        The compiler; "" where none works.
    """
    place, sources = root / library(), root / FOLDER / "src"
    if is_current(place, sources):
        return "an earlier call"
    for compiler in compilers():
        with tempfile.TemporaryDirectory() as folder:
            try:
                compiled = compile_with(compiler, sources, Path(folder))
            except (OSError, subprocess.SubprocessError) as error:
                said = getattr(error, "stderr", None) or error  # a compiler that is too slow: none
                print(f"{compiler[0]}: {said}", file=sys.stderr)
                continue
            digests = f"{sha256(compiled)}\n{sources_digest(sources)}\n"
            for content, file in (
                (compiled.read_bytes(), place),
                (digests.encode(), place.with_suffix(".sha256")),
            ):
                new = file.with_suffix(".new")  # another process may be reading the old one
                new.write_bytes(content)
                os.replace(new, file)
        return shlex.join(compiler)
    place.unlink(missing_ok=True)
    return ""


def is_current(place: Path, sources: Path) -> bool:
    try:
        digests = place.with_suffix(".sha256").read_text(encoding="ascii").split()
        return digests == [sha256(place), sources_digest(sources)]
    except OSError:
        return False


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def sources_digest(sources: Path) -> str:
    """Of the sources and of what they are compiled with."""
    digest = hashlib.sha256(f"{FLAGS} {X86} {ELSEWHERE} {target()}".encode())
    for source in sorted(sources.iterdir()):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def compilers() -> Iterator[list[str]]:
    """The commands to try, in this order."""
    yield from own_compilers()
    if importlib.util.find_spec("ziglang"):
        yield [sys.executable, "-m", "ziglang", "cc", *_zig_target()]


def own_compilers() -> Iterator[list[str]]:
    """Those of the system; none of them compiles for another platform."""
    for name in () if target().zig else (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if name and shutil.which(shlex.split(name)[0]):
            yield shlex.split(name)


def has_zig(system: str, machine: str) -> bool:
    """Whether the registry has Zig's compiler for this machine."""
    machines = ("x86_64", "amd64", "aarch64", "arm64")
    return system in ("linux", "darwin", "win32") and machine.lower() in machines


def works(compiler: list[str]) -> bool:
    """Whether it compiles: a command may be there without what it needs."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "one.c"
        source.write_text(
            "#include <stdint.h>\nint64_t one(void) { return 1; }\n", encoding="ascii"
        )
        try:
            _run([*compiler, "-c", str(source), "-o", f"{folder}/one.o"])
        except (OSError, subprocess.SubprocessError):
            return False
    return True


def _zig_target() -> list[str]:
    """An old C library on Linux, so that the result runs on any that has the usual one."""
    if target().zig:
        return ["-target", target().zig]
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return []
    return ["-target", f"{platform.machine()}-linux-gnu.2.17"]


def compile_with(compiler: list[str], sources: Path, folder: Path) -> Path:
    """The library in `folder`: kernels.c once for each instruction set, the rest once."""
    system, machine = target().system, target().machine.lower()
    sets = X86 if machine in ("x86_64", "amd64") else ELSEWHERE
    position = [] if system == "win32" else ["-fPIC"]
    units = [("kernels.c", name, [*flags, f"-DSET={name}"]) for name, flags in sets.items()]
    once = ("calls", "dispatch", "rows", "threads", "words", "xla")
    units += [(f"{name}.c", name, []) for name in once]

    def one(unit: tuple[str, str, list[str]]) -> str:
        source, name, flags = unit
        _run(
            [
                *compiler,
                *FLAGS,
                *position,
                *flags,
                "-c",
                str(sources / source),
                "-o",
                f"{folder}/{name}.o",
            ]
        )
        return f"{folder}/{name}.o"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(one, units))
    options = {"linux": ["-pthread", "-s"], "win32": ["-s"]}.get(system, ["-pthread"])
    _run([*compiler, "-shared", *objects, "-o", str(folder / "library"), *options])
    return folder / "library"


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)


if importlib.util.find_spec("hatchling"):
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    class Kernels(BuildHookInterface[Any]):
        """Compiles the library for a wheel and for an editable install."""

        PLUGIN_NAME = "custom"

        def dependencies(self) -> list[str]:
            """What is installed for the build: Zig's compiler where no other one works."""
            is_there = has_zig(sys.platform, platform.machine())
            return ["ziglang"] if is_there and not any(map(works, own_compilers())) else []

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            compiler = build(Path(self.root))
            if not compiler:
                self.app.display_warning("rnnkit: no C compiler works, so without kernels")
            elif version != "editable":
                build_data["artifacts"] += [
                    f"/{library().as_posix()}",
                    f"/{library().with_suffix('.sha256').as_posix()}",
                ]
                build_data["pure_python"] = False
                build_data["tag"] = f"py3-none-{target().tag}"  # any Python 3


if __name__ == "__main__":
    used = build(Path(__file__).resolve().parent.parent)
    print(f"compiled by {used}" if used else "no C compiler works", file=sys.stderr)
    sys.exit(not used)
