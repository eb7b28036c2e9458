"""Builds wheels with compiled kernels for Linux, macOS and Windows on one machine, by Zig.

    pip install ziglang hatchling
    python scripts/wheels.py [--output dist] [TARGET ...]

Each wheel is then inspected: its tag, the kind of its library, its checksum, and the functions
that it offers. The one for this machine is installed into a fresh environment, where `rnnkit
doctor` must find the kernels. The others are compiled, not run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from build_kernels import FOLDER, SUFFIXES, TARGETS, Target

REPO = Path(__file__).resolve().parent.parent
BUILT_FROM = ("rnnkit", "configs", "scripts", "pyproject.toml", "README.md", "LICENSE")
MAGIC = {
    ("linux", "x86_64"): (b"\x7fELF", 18, b"\x3e\x00"),
    ("linux", "aarch64"): (b"\x7fELF", 18, b"\xb7\x00"),
    ("darwin", "x86_64"): (b"\xcf\xfa\xed\xfe", 4, b"\x07\x00\x00\x01"),
    ("darwin", "arm64"): (b"\xcf\xfa\xed\xfe", 4, b"\x0c\x00\x00\x01"),
    ("win32", "amd64"): (b"MZ", None, b"\x64\x86"),
}
"""The first bytes of a library, and those that say for which processor, with their place; in
Windows' files a number at 60 says where that is."""
FUNCTIONS = (b"rnnkit_forward", b"rnnkit_backward", b"rnnkit_abi", b"rnnkit_xla_forward")


def build(name: str, output: Path) -> tuple[Path, str]:
    """The wheel for a target, and what is in it. It is built in a copy of the sources, so that this
    machine's library stays, and comes to `output` once it is inspected.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy, built = Path(folder) / "source", Path(folder) / "dist"
        copy.mkdir()
        unwanted = shutil.ignore_patterns("__pycache__", "librnnkit.*")
        for item in BUILT_FROM:
            if (REPO / item).is_dir():
                shutil.copytree(REPO / item, copy / item, ignore=unwanted)
            else:
                shutil.copy(REPO / item, copy / item)
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
        subprocess.run(command, cwd=copy, check=True, env={**os.environ, "RNNKIT_TARGET": name})
        (wheel,) = built.glob("*.whl")
        content = inspect(wheel, TARGETS[name])
        output.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, output / wheel.name)), content


def inspect(wheel: Path, target: Target) -> str:
    """What is in a wheel; ends the program where that is not what it should be."""
    if not wheel.name.endswith(f"-py3-none-{target.tag}.whl"):
        sys.exit(f"{wheel.name}: expected the tag py3-none-{target.tag}")
    path = (FOLDER / f"librnnkit{SUFFIXES.get(target.system, '.so')}").as_posix()
    with zipfile.ZipFile(wheel) as archive:
        libraries = [name for name in archive.namelist() if "/librnnkit." in name]
        sums = path.rsplit(".", 1)[0] + ".sha256"
        if sorted(libraries) != sorted([path, sums]):
            sys.exit(f"{wheel.name}: expected {path} and {sums}, found {libraries}")
        content, expected = archive.read(path), archive.read(sums).decode().split()[0]
    if hashlib.sha256(content).hexdigest() != expected:
        sys.exit(f"{wheel.name}: {path} has another checksum than {sums} says")
    first, place, processor = MAGIC[target.system, target.machine]
    if place is None:
        place = int.from_bytes(content[60:64], "little") + 4
    if not content.startswith(first) or content[place : place + len(processor)] != processor:
        sys.exit(f"{wheel.name}: {path} is not for {target.system} on {target.machine}")
    if missing := [name.decode() for name in FUNCTIONS if name not in content]:
        sys.exit(f"{wheel.name}: {path} offers no {', '.join(missing)}")
    return f"{path} {len(content) / 1e6:.2f} MB, wheel {wheel.stat().st_size / 1e6:.2f} MB"


def try_here(wheel: Path) -> str:
    """Installs a wheel with its dependencies into a fresh environment; the kernels that
    `rnnkit doctor` finds there.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "env"
        venv.create(environment, with_pip=True)
        programs = environment / ("Scripts" if os.name == "nt" else "bin")
        pip = [str(programs / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
        subprocess.run([*pip, "--quiet", str(wheel)], check=True)
        settings = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        command = [str(programs / "rnnkit"), "doctor", "--json"]
        done = subprocess.run(
            command, cwd=folder, env=settings, capture_output=True, text=True, check=False
        )
        findings = {row["name"]: row for row in json.loads(done.stdout)}
        if findings["kernels"]["state"] != "ok":
            sys.exit(f"{wheel.name}: {findings['kernels']['text']}")
        text: str = findings["kernels"]["text"]
        return text


def is_here(target: Target) -> bool:
    return target.system == sys.platform and target.machine == platform.machine().lower()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--output", type=Path, default=Path("dist"))
    options = parser.parse_args()
    if unknown := set(options.targets) - TARGETS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; expected {', '.join(TARGETS)}")
    for name in options.targets or TARGETS:
        target = TARGETS[name]
        wheel, content = build(name, options.output)
        print(f"{wheel.name}: {content}", flush=True)
        if is_here(target):
            print(f"{wheel.name}: installed here: {try_here(wheel)}", flush=True)


if __name__ == "__main__":
    main()
