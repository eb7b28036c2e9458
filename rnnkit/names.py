"""What a name on the command line or in Python refers to: one rule for every verb.

A name is a path (of a config or of a run folder), a shipped config, or a run in the runs folder.
If it is both a shipped config and a run, verbs that read a config take the config, verbs that look
into a model take the run, and a remark says how to name the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from rnnkit.config import shipped_configs
from rnnkit.errors import RnnkitError, nearest
from rnnkit.progress import log
from rnnkit.run import RunFolder, runs_folder
from rnnkit.storage.together import NEW

CONFIG = "config.yaml"


def find_config(name: str, *, prefers_run: bool = False) -> Path:
    """The config file of a path, a shipped config or a run.

    Args:
        name: What the user named.
        prefers_run: Whether a run takes precedence over a shipped config of the same name.

    Raises:
        RnnkitError: If there is none.
    """
    path = Path(name)
    if path.is_dir() and (path / CONFIG).is_file():
        return path / CONFIG
    if name and path.exists() and not path.is_dir():
        return path
    shipped, run = shipped_configs(), runs_folder() / name / CONFIG
    if name in shipped and run.is_file():
        both = (run, shipped[name]) if prefers_run else (shipped[name], run)
        log.info(f"{name}: {both[0]}; {both[1]} also has this name")
        return both[0]
    if name in shipped:
        return shipped[name]
    if name and run.is_file():
        return run
    if name and path.exists():
        raise RnnkitError(name, "a folder without a config.yaml", "Expected a config or a run")
    raise _unknown_config(name, path)


def _unknown_config(name: str, path: Path) -> RnnkitError:
    shipped = shipped_configs()
    folder = path.parent if path.parent.is_dir() else Path()
    files = nearest(path.name, [file.name for file in folder.glob("*.y*ml")], 1)
    others = [*shipped, *(run.path.name for run in list_runs())]
    guess = str(folder / files[0]) if files else next(iter(nearest(path.stem, others, 1)), "")
    hint = f"Did you mean {guess!r}?" if guess else "See the shipped ones with `rnnkit config list`"
    got = "no such file" if name else "an empty name"
    return RnnkitError(name or "config", got, "Expected a path, a run or a shipped config", hint)


def find_run(name: str) -> RunFolder:
    """The run at a path, or of this name in the runs folder.

    Raises:
        RnnkitError: If there is no such folder, or it is not a run.
    """
    places = [path for path in (Path(name), runs_folder() / name) if name and path.exists()]
    usable = [path for path in places if (path / CONFIG).is_file()]
    path = next(iter([*usable, *places, *_normalized_alike(name)]), None)
    if path is None:
        near = nearest(Path(name).name, [run.path.name for run in list_runs()], 1)
        hint = f"Did you mean {near[0]!r}?" if near else "Train one with `rnnkit train CONFIG`"
        expected = f"Expected a run folder, or a name in {runs_folder()}/"
        raise RnnkitError(name or "run", "no such run", expected, hint)
    if not path.is_dir():
        raise RnnkitError(str(path), "a file", "Expected a run folder")
    if not (path / CONFIG).is_file():
        expected = "Expected a folder that `rnnkit train` wrote"
        raise RnnkitError(str(path), "not a run: it holds no config.yaml", expected, "Name another")
    return RunFolder(path)


def _normalized_alike(name: str) -> list[Path]:
    """The runs whose name is canonically equivalent: a copy from macOS decomposes accents."""
    wanted = unicodedata.normalize("NFC", name)
    paths = [] if name.isascii() else [run.path for run in list_runs()]
    return [path for path in paths if unicodedata.normalize("NFC", path.name) == wanted]


def newest_run(
    fits: Callable[[RunFolder], bool], does: str = "", example: str = "fable"
) -> RunFolder:
    """The newest trained run with a capability.

    Args:
        fits: Whether a run has it.
        does: The capability in words: "generates text"; "" for any run.
        example: A shipped config that has it.

    Raises:
        RnnkitError: If there is none.
    """
    passed_over: list[tuple[RunFolder, str]] = []
    for run in list_runs():
        try:
            if run.is_trained and run.load_manifest() and fits(run):
                for newer, code in passed_over:
                    log.info(f"{run}: the newest that can be opened; {newer} needs `{code}`")
                return run
        except RnnkitError as error:
            # A damaged run must not hide the good ones; `rnnkit runs` shows it.
            if code := " ".join(dict.fromkeys(re.findall(r"`(--code [^`]+)`", str(error)))):
                passed_over.append((run, code))
    got = f"no trained run that {does}" if does else "no trained run"
    hint = f"Train one first, such as `rnnkit train {example}`, or name a run folder"
    if passed_over:
        newest, code = passed_over[0]
        hint = f"{newest} needs your own components: add `{code}`"
    raise RnnkitError(str(runs_folder()), got, "", hint)


def list_runs() -> list[RunFolder]:
    """The runs in the runs folder, newest weights first; those without weights last."""
    paths = [path.parent for path in runs_folder().glob("*/config.yaml")]
    runs = [RunFolder(path) for path in paths if not path.name.startswith(NEW)]
    return sorted(
        runs,
        key=lambda run: (
            run.is_trained,
            (run.manifest if run.is_trained else run.config).stat().st_mtime_ns,
        ),
        reverse=True,
    )
