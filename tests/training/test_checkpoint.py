"""Checkpoints under fire: damage, full disks, and processes that are killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.training.checkpoint import load_checkpoint, save_checkpoint
from rnnkit.training.progress import Progress
from tests.helpers.killing import is_killed_at

STATE = {
    "identity": {"data": "abc", "name": "é"},
    "progress": asdict(Progress(step=1, sums={"loss": 0.1 + 0.2})),
}


def arrays_of(step: int) -> dict[str, np.ndarray]:
    return {
        "0000/kernel": np.full((3, 4), step / 3, np.float32),
        "0001/seed": np.array([step, 7], np.uint32),
        "0002/iteration": np.array(step, np.int64),
        "0003/none": np.zeros((0, 2), np.float64),
    }


def save(folder: Path, *steps: int, keep: int = 2) -> None:
    for step in steps:
        save_checkpoint(folder, step, arrays_of(step), {**STATE, "step": step}, keep)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def assert_is_step(folder: Path, step: int) -> None:
    checkpoint = load_checkpoint(folder)
    assert checkpoint.state == {**STATE, "step": step}
    assert checkpoint.arrays.keys() == arrays_of(step).keys()
    for name, array in arrays_of(step).items():
        assert checkpoint.arrays[name].dtype == array.dtype
        assert checkpoint.arrays[name].shape == array.shape
        assert checkpoint.arrays[name].tobytes() == array.tobytes()


def test_load_checkpoint_bit_for_bit(tmp_path: Path) -> None:
    save(tmp_path / "checkpoints", 5)
    assert_is_step(tmp_path / "checkpoints", 5)


def test_load_checkpoint_infinite_numbers(tmp_path: Path) -> None:
    """A slot of an optimizer may be infinite; what is saved is what comes back."""
    array = np.array([np.nan, np.inf, -0.0, 1e-45], np.float32)
    save_checkpoint(tmp_path, 1, {"slot": array}, STATE, keep=1)
    assert load_checkpoint(tmp_path).arrays["slot"].tobytes() == array.tobytes()


@pytest.mark.parametrize(("keep", "kept"), [(1, [12]), (2, [9, 12]), (9, [1, 2, 9, 12])])
def test_save_checkpoint_keeps_the_newest(tmp_path: Path, keep: int, kept: list[int]) -> None:
    save(tmp_path, 1, 2, 9, 12, keep=keep)
    assert names(tmp_path) == [f"step-{step:09d}" for step in kept]
    assert_is_step(tmp_path, 12)


def test_load_checkpoint_ignores_temporaries(tmp_path: Path) -> None:
    save(tmp_path, 5)
    shutil.copytree(tmp_path / "step-000000005", tmp_path / "step-000000009.tmp")
    assert_is_step(tmp_path, 5)
    save(tmp_path, 7)
    assert names(tmp_path) == ["step-000000005", "step-000000007"]


def test_save_checkpoint_of_a_step_that_is_saved(tmp_path: Path) -> None:
    save(tmp_path, 5)
    before = (tmp_path / "step-000000005" / "state.npz").stat().st_ino
    save(tmp_path, 5)
    assert (tmp_path / "step-000000005" / "state.npz").stat().st_ino == before


def test_save_checkpoint_of_a_step_that_is_damaged(tmp_path: Path) -> None:
    save(tmp_path, 5)
    (tmp_path / "step-000000005" / "state.npz").write_bytes(b"")
    save(tmp_path, 5)
    assert_is_step(tmp_path, 5)


# Damage


def flip(file: str, position: float) -> Callable[[Path], None]:
    def damage(checkpoint: Path) -> None:
        content = bytearray((checkpoint / file).read_bytes())
        content[int(position * (len(content) - 1))] ^= 0x01
        (checkpoint / file).write_bytes(content)

    return damage


def truncate(file: str, share: float) -> Callable[[Path], None]:
    return lambda checkpoint: os.truncate(
        checkpoint / file, int((checkpoint / file).stat().st_size * share)
    )


def write(file: str, text: str) -> Callable[[Path], None]:
    def damage(checkpoint: Path) -> None:
        (checkpoint / file).write_text(text, encoding="utf-8")

    return damage


def other_state(checkpoint: Path) -> None:
    """The state of one checkpoint beside the arrays of another."""
    shutil.copy(checkpoint.with_name("step-000000001") / "state.json", checkpoint / "state.json")


def other_number(checkpoint: Path) -> None:
    """One digit of the state changes; it is still JSON."""
    text = (checkpoint / "state.json").read_text(encoding="utf-8")
    assert '"step": 2' in text
    (checkpoint / "state.json").write_text(text.replace('"step": 2', '"step": 3'), encoding="utf-8")


def a_file_in_its_place(checkpoint: Path) -> None:
    shutil.rmtree(checkpoint)
    checkpoint.write_text("?", encoding="utf-8")


DAMAGE: dict[str, Callable[[Path], None]] = {
    **{
        f"flipped byte of arrays at {position:.0%}": flip("state.npz", position)
        for position in (0.0, 0.1, 0.4, 0.7, 1.0)
    },
    "truncated arrays": truncate("state.npz", 0.5),
    "almost whole arrays": truncate("state.npz", 0.999),
    "emptied arrays": truncate("state.npz", 0.0),
    "missing arrays": lambda checkpoint: (checkpoint / "state.npz").unlink(),
    "truncated state": truncate("state.json", 0.5),
    "emptied state": truncate("state.json", 0.0),
    "missing state": lambda checkpoint: (checkpoint / "state.json").unlink(),
    "state that is a list": write("state.json", "[]"),
    "state that is a number": write("state.json", "3"),
    "state without a checksum": write("state.json", "{}"),
    "state of another checkpoint": other_state,
    "state with another number": other_number,
    "emptied folder": lambda checkpoint: [path.unlink() for path in checkpoint.iterdir()] and None,
    "a file in its place": a_file_in_its_place,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_load_checkpoint_damaged(
    tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    save(tmp_path, 1, 2)
    damage(tmp_path / "step-000000002")
    assert_is_step(tmp_path, 1)
    assert names(tmp_path) == ["corrupt-step-000000002", "step-000000001"]
    (line,) = caplog.messages
    assert "step-000000002: damaged" in line
    assert "corrupt-step-000000002" in line
    # The same step is reached and damaged again: the name is taken, and nothing breaks.
    save(tmp_path, 2)
    damage(tmp_path / "step-000000002")
    assert_is_step(tmp_path, 1)
    assert names(tmp_path) == ["corrupt-step-000000002", "step-000000001"]


def test_load_checkpoint_any_flipped_bit(tmp_path: Path) -> None:
    """Each byte in turn: the checkpoint is refused, or (where the byte was white space) says the
    same as before.
    """
    save(tmp_path, 1, 2)
    newest = tmp_path / "step-000000002"
    content, arrays = (newest / "state.json").read_bytes(), (newest / "state.npz").read_bytes()
    refused = 0
    for position in range(len(content)):
        newest.mkdir(exist_ok=True)  # it was set aside
        (newest / "state.npz").write_bytes(arrays)
        (newest / "state.json").write_bytes(
            content[:position] + bytes([content[position] ^ 0x04]) + content[position + 1 :]
        )
        state = load_checkpoint(tmp_path).state
        refused += state["step"] == 1
        assert state in ({**STATE, "step": 1}, {**STATE, "step": 2}), content[
            max(0, position - 20) : position + 20
        ]
    assert refused > len(content) / 2


def test_load_checkpoint_several_damaged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(tmp_path, 1, 2, 3, keep=3)
    for step in (2, 3):
        DAMAGE["truncated arrays"](tmp_path / f"step-{step:09d}")
    assert_is_step(tmp_path, 1)
    assert [line.split(":")[0][-9:] for line in caplog.messages] == ["000000003", "000000002"]


def test_load_checkpoint_all_damaged(tmp_path: Path) -> None:
    save(tmp_path, 1, 2)
    for step in (1, 2):
        DAMAGE["emptied arrays"](tmp_path / f"step-{step:09d}")
    with pytest.raises(
        RnnkitError, match="every checkpoint is damaged: step-000000002, step-000000001"
    ) as caught:
        load_checkpoint(tmp_path)
    assert caught.value.exit_code == RUN_FAILED
    assert names(tmp_path) == ["corrupt-step-000000001", "corrupt-step-000000002"]


@pytest.mark.parametrize("made", [True, False])
def test_load_checkpoint_none(tmp_path: Path, made: bool) -> None:
    if made:
        (tmp_path / "checkpoints").mkdir()
    with pytest.raises(RnnkitError, match="no checkpoint"):
        load_checkpoint(tmp_path / "checkpoints")


def test_load_checkpoint_never_unpickles(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Arrays of objects would run code when they are read: a checkpoint that holds one counts as
    damaged, whatever its checksum says.
    """
    from rnnkit.training import checkpoint

    save(tmp_path, 1, 2)
    newest = tmp_path / "step-000000002"
    np.savez(
        newest / "state.npz",
        evil=np.array([Trap(tmp_path / "trapped")], dtype=object),
        allow_pickle=True,
    )
    state = {
        key: value
        for key, value in json.loads((newest / "state.json").read_text(encoding="utf-8")).items()
        if key != "sha256"
    }
    state["sha256"] = checkpoint._checksum((newest / "state.npz").read_bytes(), state)
    (newest / "state.json").write_text(json.dumps(state), encoding="utf-8")
    assert_is_step(tmp_path, 1)
    assert "pickle" in caplog.messages[0]
    assert not (tmp_path / "trapped").exists()
    with pytest.raises(ValueError, match="allow_pickle=False"):
        save_checkpoint(tmp_path, 3, {"evil": np.array([Trap(tmp_path)], dtype=object)}, {}, keep=2)


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


# Disks and kills


def test_save_checkpoint_failure_leaves_the_earlier_ones(tmp_path: Path) -> None:
    """Real limit on the size of a file, in a process of its own: the arrays do not fit."""
    save(tmp_path, 1, 2)
    script = """
        import resource, sys
        from pathlib import Path
        import numpy as np
        from rnnkit.training.checkpoint import save_checkpoint

        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            save_checkpoint(Path(sys.argv[1]), 3, {"large": np.zeros(100_000)}, {}, keep=1)
        except OSError as error:
            print(error.strerror, error.filename)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), tmp_path],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == f"File too large {tmp_path / 'step-000000003.tmp' / 'state.npz'}\n"
    assert names(tmp_path) == ["step-000000001", "step-000000002"]
    assert_is_step(tmp_path, 2)


def test_save_checkpoint_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file", encoding="utf-8")
    with pytest.raises(OSError, match="checkpoints"):
        save(tmp_path / "checkpoints", 1)
    assert (tmp_path / "checkpoints").read_text(encoding="utf-8") == "a file"


SAVES = """
    import itertools, sys
    from pathlib import Path
    import numpy as np
    from rnnkit.training.checkpoint import save_checkpoint

    for step in itertools.count(int(sys.argv[2])):
        save_checkpoint(Path(sys.argv[1]), step, {"a": np.full(200_000, step), "b": np.full(7, -step)}, {"identity": {}, "progress": {}, "step": step}, keep=2)
"""  # noqa: E501


@pytest.mark.soak
def test_save_checkpoint_killed_at_any_instant(tmp_path: Path) -> None:
    """A process saves without end and is killed by SIGKILL at random instants, most of them within
    a save.
    """
    dice = random.Random(0)
    folder, reached = tmp_path / "checkpoints", 0
    interrupted = kills = 0
    while kills < 4 or (interrupted < 2 and kills < 30):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SAVES), folder, str(reached + 1)]
        )
        try:
            while (
                max((path.name for path in folder.glob("step-*[0-9]")), default="")
                < f"step-{reached + 3:09d}"
            ):
                assert process.poll() is None
                time.sleep(0.001)
            time.sleep(dice.uniform(0, 0.05))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=30)
        assert process.returncode == -signal.SIGKILL
        kills += 1
        interrupted += bool(list(folder.glob("*.tmp")))
        checkpoint = load_checkpoint(folder)
        step = checkpoint.state["step"]
        assert step >= reached + 3
        assert (checkpoint.arrays["a"] == step).all()
        assert (checkpoint.arrays["b"] == -step).all()
        reached = step
    assert interrupted, "no kill fell into a save: make the arrays larger"


def pruned_first(folder: Path, step: int) -> None:
    """The negative control: the wrong order, in which the old ones go before the new one is."""
    for old in sorted(folder.glob("step-*")):
        shutil.rmtree(old)
    save(folder, step)


def in_place(folder: Path, step: int) -> None:
    """Another one: no rename, so that a half-written checkpoint has its final name."""
    (old,) = folder.glob("step-*")
    old.rename(folder / f"step-{step:09d}")
    for name, text in (("state.npz", "half"), ("state.json", "{}")):
        (folder / f"step-{step:09d}" / name).write_text(text, encoding="utf-8")
    save(folder, step)


def losses(folder: Path, work: Callable[[Path, int], None]) -> int:
    """After how many of the kills before each file operation of a save nothing can be loaded."""
    lost = nth = 0
    while True:
        nth += 1
        below = folder / str(nth)
        below.mkdir(parents=True)
        save(below, 1, keep=1)
        killed = is_killed_at(nth, below, lambda below=below: work(below, 2))
        try:
            assert load_checkpoint(below).state["step"] in (1, 2)
        except RnnkitError:
            lost += 1
        if not killed:
            return lost


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_save_checkpoint_killed_at_every_operation(tmp_path: Path) -> None:
    assert losses(tmp_path / "right", lambda folder, step: save(folder, step, keep=1)) == 0


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_wrong_saves_are_found_by_kills_at_every_operation(tmp_path: Path) -> None:
    assert losses(tmp_path / "pruned", pruned_first) > 3
    assert losses(tmp_path / "in place", in_place) > 3
