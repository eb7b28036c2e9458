"""SLURM on this machine: its three daemons with a key, ports and folders of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "srun", "sbatch", "scancel")
SETTINGS = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/builtin
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE
"""
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"


def why_not() -> str:
    """Why there can be no SLURM here; "" where there can."""
    absent = [program for program in PROGRAMS if not shutil.which(program, path=PATH)]
    if absent:
        return f"SLURM is not installed (no {', '.join(absent)})"
    if os.getuid():
        return "SLURM's daemons need root"
    return "" if (os.cpu_count() or 1) > 1 else "SLURM needs two processors here"


@contextlib.contextmanager
def slurm() -> Iterator[Path]:
    """The file that SLURM_CONF names while they run."""
    with contextlib.ExitStack() as stack:
        # short: the path of a socket has at most 107 characters
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        folder.chmod(0o755)
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (folder / "key").write_bytes(os.urandom(1024))
        (folder / "key").chmod(0o600)
        settings = folder / "slurm.conf"
        host = socket.gethostname().partition(".")[0]
        settings.write_text(SETTINGS.format(host=host, folder=folder, ports=_free_ports()))
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
        munged = [f"--{option}={folder / name}" for option, name in files.items()]
        for words in (["munged", "--foreground", *munged], ["slurmctld", "-D"], ["slurmd", "-D"]):
            stack.enter_context(_running(words, folder))
        until = time.monotonic() + 60
        while "idle" not in _said(["sinfo", "--noheader", "--format=%T"], settings):
            assert time.monotonic() < until, (folder / "slurmctld.log").read_text()
            time.sleep(0.2)
        try:
            yield settings
        finally:
            _said(["scancel", "--full", f"--user={os.getuid()}"], settings)


@contextlib.contextmanager
def _running(words: list[str], folder: Path) -> Iterator[None]:
    with open(folder / f"{words[0]}.log", "wb") as log:
        environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf")}
        path = shutil.which(words[0], path=PATH)
        assert path
        daemon = subprocess.Popen([path, *words[1:]], env=environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _said(words: list[str], settings: Path) -> str:
    environment = {**os.environ, "SLURM_CONF": str(settings)}
    return subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=60, check=False
    ).stdout


def _free_ports() -> list[int]:
    with socket.create_server(("", 0)) as one, socket.create_server(("", 0)) as other:
        return [one.getsockname()[1], other.getsockname()[1]]
