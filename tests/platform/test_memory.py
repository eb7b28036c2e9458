from __future__ import annotations

from pathlib import Path

from rnnkit.platform.memory import Limit, MachineMemory, _linux_memory, limits, peak_memory


def test_machine_memory_heeds_the_limit_of_a_container(tmp_path: Path) -> None:
    meminfo, limit, groups = (
        tmp_path / "meminfo",
        tmp_path / "memory.max",
        [tmp_path / "no", tmp_path],
    )
    assert _linux_memory(meminfo, groups) is None
    meminfo.write_text("MemTotal: 100 kB\nMemAvailable: 60 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n")
    assert _linux_memory(meminfo, groups) == MachineMemory(102_400, 61_440)
    limit.write_text("max\n")
    assert _linux_memory(meminfo, groups) == MachineMemory(102_400, 61_440)
    limit.write_text("51200\n")
    assert _linux_memory(meminfo, groups) == MachineMemory(51_200, 51_200)
    (tmp_path / "memory.current").write_text("50000\n")
    assert _linux_memory(meminfo, groups) == MachineMemory(51_200, 1_200)
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 30000\n")
    assert _linux_memory(meminfo, groups) == MachineMemory(51_200, 31_200)
    (tmp_path / "limits").write_text(
        "Limit  Soft Limit  Hard Limit  Units\nMax data size  unlimited  unlimited  bytes\n"
        "Max address space  40960  unlimited  bytes\n"
    )
    (tmp_path / "status").write_text("VmSize: 20 kB\nVmData: 30 kB\n")
    assert _linux_memory(meminfo, groups, tmp_path) == MachineMemory(40_960, 20_480)
    assert [*limits(tmp_path)] == [Limit("ulimit -v", 40_960, 20_480, is_hard=False)]


def test_peak_memory_grows() -> None:
    before = peak_memory()
    held = bytearray(64 << 20)
    after = peak_memory()
    assert len(held)
    assert (before is None) == (after is None)
    assert before is None or (after or 0) >= before
