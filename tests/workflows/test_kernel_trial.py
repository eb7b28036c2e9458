from __future__ import annotations

import ctypes
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rnnkit import kernels
from rnnkit.kernels import library
from rnnkit.workflows.kernel_trial import try_cell, why_wrong
from tests.conftest import REPO

pytestmark = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())

RETURN = {"x86_64": b"\xc3", "aarch64": b"\xc0\x03\x5f\xd6"}
DOCTOR, TRIAL = ("rnnkit", "doctor", "--json"), ("rnnkit.workflows.kernel_trial",)
UNDEFINED = {"x86_64": b"\x0f\x0b", "aarch64": b"\x00\x00\x00\x00"}


def place_of(function: str) -> int:
    """Where the code of a function begins in the library's file, by where Linux mapped it."""
    code = ctypes.cast(getattr(kernels.load(), function), ctypes.c_void_p).value
    assert code
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, _, offset, *rest = line.split(maxsplit=5)
        start, end = (int(address, 16) for address in addresses.split("-"))
        if start <= code < end:
            assert rest[-1].strip() == str(library.path())
            return code - start + int(offset, 16)
    raise AssertionError(f"{function} is not mapped")


@pytest.mark.parametrize("cell", kernels.CELLS)
def test_kernels_compute_what_the_equations_say(cell: str) -> None:
    try_cell(cell)


def test_a_trial_in_a_process_of_its_own_finds_nothing_wrong() -> None:
    assert why_wrong() == ""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in RETURN, reason="no such code"
)
def test_doctor_names_code_that_is_damaged_though_its_checksum_fits(tmp_path: Path) -> None:
    shutil.copytree(REPO / "rnnkit", tmp_path / "rnnkit", ignore=shutil.ignore_patterns("src"))
    copy = tmp_path / "rnnkit" / library.path().relative_to(REPO / "rnnkit")
    machine, content = platform.machine(), copy.read_bytes()
    for function, code, arguments, expected in (
        ("rnnkit_forward", UNDEFINED[machine], DOCTOR, "a process that calls it crashes (signal "),
        ("rnnkit_forward", RETURN[machine], TRIAL, "outputs of simple_rnn: "),
        ("rnnkit_backward", RETURN[machine], TRIAL, "gradient of simple_rnn: "),
    ):
        place = place_of(function)
        copy.write_bytes(content[:place] + code + content[place + len(code) :])
        digest = hashlib.sha256(copy.read_bytes()).hexdigest()
        copy.with_suffix(".sha256").write_text(digest)
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert expected in done.stdout + done.stderr
        if arguments is DOCTOR:
            (found,) = (row for row in json.loads(done.stdout) if row["name"] == "kernels")
            assert found["state"] == "broken"
            assert expected in found["text"]
            assert found["cure"].startswith("Install rnnkit again")
