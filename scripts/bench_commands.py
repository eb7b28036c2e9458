r"""Whole commands, in turn: seconds by the clock and of all processors, and the peak of memory.

    python scripts/bench_commands.py [--repeats 5] "rnnkit train fable" \
        "python scripts/plain_keras_fable.py"

Each runs in a new folder of its own, so that runs of rnnkit do not pile up; the cache of rnnkit is
that of RNNKIT_CACHE. Prints medians, spread, and how often each takes the first one's time. A
command that fails ends the comparison with what it said.
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent


@dataclass
class Command:
    """What is typed, and what each call of it took."""

    text: str
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[int] = field(default_factory=list)

    def run(self) -> None:
        words = shlex.split(self.text)
        if words[0] == "rnnkit":
            words[:1] = [sys.executable, "-m", "rnnkit"]
        elif words[0] == "python":
            words[0] = sys.executable
        words = [str(REPO / word) if word.startswith("scripts/") else word for word in words]
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as said:
            start = time.perf_counter()
            process = subprocess.Popen(words, cwd=folder, stdout=said, stderr=said)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds.append(time.perf_counter() - start)
            self.cpu.append(usage.ru_utime + usage.ru_stime)
            self.peak.append(usage.ru_maxrss)
            if process.returncode:
                said.seek(0)
                sys.exit(f"{self.text}: ended with {process.returncode}\n{said.read()[-2000:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="+")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--warm-up", action="store_true", help="a first round that does not count")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    if options.warm_up:
        for text in options.commands:
            Command(text).run()
    commands = [Command(text) for text in options.commands]
    for _ in range(options.repeats):
        for command in commands:
            command.run()
    first = statistics.median(commands[0].seconds)
    first_cpu = statistics.median(commands[0].cpu)
    print(f"{'seconds':>8} {'+-':>5} {'times':>6} {'CPU s':>8} {'times':>6} {'peak MB':>8}")
    for command in commands:
        median, cpu = statistics.median(command.seconds), statistics.median(command.cpu)
        spread = (max(command.seconds) - min(command.seconds)) / 2 / median
        print(
            f"{median:8.2f} {spread:5.0%} {median / first:6.2f} {cpu:8.2f} {cpu / first_cpu:6.2f}"
            f" {statistics.median(command.peak) / 1000:8.0f}  {command.text}"
        )


if __name__ == "__main__":
    main()
