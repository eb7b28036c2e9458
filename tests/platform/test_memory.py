from __future__ import annotations

from pathlib import Path

from rnnkit.platform.memory import MachineMemory, _linux_memory, peak_memory


def test_machine_memory_heeds_the_limit_of_a_container(tmp_path: Path) -> None:
    meminfo, limit = tmp_path / "meminfo", tmp_path / "memory.max"
    assert _linux_memory(meminfo, limit) is None
    meminfo.write_text("MemTotal: 100 kB\nMemAvailable: 60 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n")
    assert _linux_memory(meminfo, limit) == MachineMemory(102_400, 61_440)
    limit.write_text("max\n")
    assert _linux_memory(meminfo, limit) == MachineMemory(102_400, 61_440)
    limit.write_text("51200\n")
    assert _linux_memory(meminfo, limit) == MachineMemory(51_200, 51_200)


def test_peak_memory_grows() -> None:
    before = peak_memory()
    held = bytearray(64 << 20)
    after = peak_memory()
    assert len(held)
    assert (before is None) == (after is None)
    assert before is None or (after or 0) >= before
