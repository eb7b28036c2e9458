"""Hints in plain words, of failures of a machine or a training, and of what goes together, work."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from rnnkit import cache
from rnnkit.backend import device
from rnnkit.cli import main
from rnnkit.config import shipped_configs
from rnnkit.data.encode.token_file import encode_to_file
from rnnkit.data.encode.tokenizer_specs import Word
from rnnkit.data.read.download import RemoteFile
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.training.checkpoint import Saver, load_checkpoint
from rnnkit.training.options import Checkpoints
from rnnkit.training.progress import Progress
from rnnkit.workflows.lazy import lazy_advice, lazy_gain
from tests.cli.invoke import done, invoke
from tests.cures.mistakes import RUNS, base, forget_own, lines
from tests.cures.stories import Story
from tests.cures.test_trained import full_disk
from tests.data.long_texts import of


def on_a_gpu() -> None:
    if device.gpus():
        pytest.skip("there is a GPU")
    device.select(device="gpu")


def on_what_is_named(message: str) -> None:
    (name,) = re.findall(r"use --device (\w+)", message)
    device.select(device=name)


def with_setting(name: str, folder: str, work: Callable[[], None]) -> None:
    """Done while a variable names a folder; one below a file cannot be."""
    Path("taken").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, folder)
        work()


def ids() -> None:
    words = Word().train("the mice")
    encode_to_file(of(Path(), b"the mice"), words, cache.cache_folder())


def downloaded() -> None:
    RemoteFile("a.txt", "http://127.0.0.1:9/a.txt", "0" * 64, ("a.txt",)).locate()


def in_a_folder(message: str) -> None:
    """Next it is told that nothing answers there; a file that is brought by hand is found."""
    (variable,) = re.findall(r"Set (\w+)", message)
    with pytest.raises(RnnkitError, match="cannot be downloaded") as caught:
        with_setting(variable, "cache", downloaded)
    name, file = re.findall(r"set (\w+) to a folder that holds (\S+\w)", str(caught.value))[0]
    Path("held").mkdir()
    Path("held", file).touch()
    with_setting(name, "held", downloaded)


def ids_in_a_folder(message: str) -> None:
    (variable,) = re.findall(r"Set (\w+) to a folder", message)
    with_setting(variable, "cache", ids)


def diverging(_: object) -> str:
    return str(Progress(step=1).diverged("the loss is nan"))


def trained_slowly(message: str) -> None:
    lower, clip, norm = re.findall(r"Lower (\S+),.* set (\S+): (\d+\.\d+)", message)[0]
    options = load_task(yaml.safe_load(base()), [f"{lower}=0.0001", f"{clip}={norm}"]).train
    assert (options.learning_rate, options.clip_norm) == (0.0001, float(norm))


def saved(*, last: bool) -> Path:
    run = RunFolder.create("full", "a config\n")
    progress = Progress(finished=last)
    state = {"identity": {}, "progress": asdict(progress)}
    Saver(run, Checkpoints()).save_checkpoint({"a": np.zeros(9000)}, state, progress)
    return run.checkpoints


def without_space(_: object) -> None:
    with full_disk():
        saved(last=True)


def with_space(message: str) -> None:
    assert "--resume" in message
    assert load_checkpoint(saved(last=True)).arrays["a"].shape == (9000,)


def of_many_rows(*overrides: str) -> str:
    small = ["model.embedding=60000", "train.batch_size=2", *overrides]
    task = load_task(shipped_configs()["fable"], small)
    data = task.prepare(Source())
    return "\n".join(lazy_gain(task.network(data.codec), data, task.train))


def of_large_tables(*overrides: str) -> str:
    task = load_task(shipped_configs()["fable"], ["model.embedding=60000", *overrides])
    architecture = task.network(task.prepare(Source()).codec).architecture
    return "\n".join(lazy_advice(architecture, task.train))


def advised(message: str) -> None:
    (override,) = re.findall(r"`(\S+=true)`.*`train --dry-run`", message)
    assert not of_large_tables(override)
    assert "reads at most" in of_many_rows()  # which a dry run says


def moved_alone(message: str) -> None:
    (override,) = re.findall(r"`(\S+=true)`", message)
    assert not of_many_rows(override)


def completion(verb: str, shell: str, *options: str) -> str:
    environment = {"SHELL": shell, "HOME": str(Path.cwd()), "XDG_DATA_HOME": ""}
    result = CliRunner().invoke(main, ["completion", verb, *options], env=environment)
    return result.output


def of_a_named_shell(message: str) -> None:
    (option, shell) = re.findall(r"(--shell).*one of: (\w+)", message)[0]
    assert "_rnnkit_completion" in completion("show", "/bin/tcsh", option, shell)


def in_a_new_shell(message: str) -> None:
    """What the Tab key completes, bash asks the function that it has read at its start."""
    (shell, typed) = re.findall(r"new (\w+), type `rnnkit (\w+)`", message)[0]
    assert ".bashrc" in message and "completion.bash" in Path(".bashrc").read_text()
    (script,) = Path().rglob(f"completion.{shell}")
    assert "_RNNKIT_COMPLETE=bash_complete" in script.read_text()
    asked = {
        "_RNNKIT_COMPLETE": "bash_complete",
        "COMP_WORDS": f"rnnkit {typed}",
        "COMP_CWORD": "1",
    }
    assert "train" in CliRunner().invoke(main, [], env=asked, prog_name="rnnkit").output


def judged(*options: str) -> str:
    result = done("anomalies", "weather", "--input", "days.csv", *options)
    return result.stdout + result.stderr


def too_few(_: object) -> str:
    RUNS["weather"]()
    days = (f"{date(2024, 1, 1) + timedelta(n)},{n}" for n in range(40))
    Path("days.csv").write_text(lines("day,sold", *days), encoding="utf-8")
    return judged("--least-history", "60")


def enough(message: str) -> None:
    (option, least) = re.findall(r"or write (--least-history) (\d+)", message)[0]
    assert "nothing judged" not in judged(option, least)


TASK = """
from rnnkit.tasks.language_model.task import LanguageModel


class Mine(LanguageModel):
    @property
    def has_ceiling(self):
        return 1 / 0
"""


def own_code(*options: str) -> str:
    Path("my.py").write_text(TASK, encoding="utf-8")
    Path("c.yaml").write_text(base('{"my:Mine": {window: 3}}'), encoding="utf-8")
    try:
        return str(invoke(*options, "check", "c.yaml", "--code", "my.py").stderr)
    finally:
        forget_own()


def with_its_traceback(message: str) -> None:
    (option,) = re.findall(r"`rnnkit (--\w+) ...` shows", message)
    with pytest.raises(ZeroDivisionError):
        own_code(option)


def unasked(_: object) -> str:
    RUNS["tunes"]()
    return str(invoke("generate", "tunes").stderr)


def asked(message: str) -> None:
    for option in re.findall(r"--\w+(?: [A-Z]+)?", message.partition("Expected one of")[2]):
        words = option.replace("TEXT", "film").replace("LABEL", "good").split()
        more = [] if "--condition" in words else ["--condition", "good"]
        done("generate", "tunes", *words, *more, "--max-new-tokens", "1", stdin=b"")


def asked_as_json(_: object) -> str:
    RUNS["tunes"]()
    call = ("generate", "tunes", "--condition", "good", "--interactive")
    return str(invoke(*call, "--raw", "--json", "--report").stderr)


def asked_plainly(message: str) -> None:
    assert re.findall(r"--\w+", message.partition("remove")[2]) == ["--raw", "--json", "--report"]
    done("generate", "tunes", "--condition", "good", "--interactive", stdin=b"")


CASES = {
    "no GPU": Story(lambda _: on_a_gpu(), on_what_is_named),
    "token ids below a file": Story(
        lambda _: with_setting("RNNKIT_CACHE", "taken/below", ids), ids_in_a_folder
    ),
    "downloads below a file": Story(
        lambda _: with_setting("RNNKIT_CACHE", "taken/below", downloaded), in_a_folder
    ),
    "full disk at the end": Story(without_space, with_space),
    "rows that no batch reads": Story(lambda _: of_many_rows(), moved_alone),
    "rows that batches may not read": Story(lambda _: of_large_tables(), advised),
    "unknown shell": Story(lambda _: completion("show", "/bin/tcsh"), of_a_named_shell),
    "completion installed": Story(lambda _: completion("install", "/bin/bash"), in_a_new_shell),
    "mistake in own code": Story(lambda _: own_code(), with_its_traceback),
    "diverged": Story(diverging, trained_slowly),
    "too few steps": Story(too_few, enough),
    "nothing to generate from": Story(unasked, asked),
    "interactive and as JSON": Story(asked_as_json, asked_plainly),
}


@pytest.mark.parametrize("name", CASES)
def test_hints_in_prose_cure_the_mistake(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    CASES[name].require_cured(tmp_path_factory)
