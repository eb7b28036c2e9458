"""`rnnkit generate`: lines and JSON, standard input, a conversation, a run's own defaults, and
reports.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rnnkit import progress
from rnnkit.config.dump import dump
from rnnkit.config.yaml12 import parse
from tests.cli.invoke import done, invoke
from tests.conftest import Rnnkit

SEED = "had a general"
CONTINUED = "had a general council to consider what measures they could take"


def with_defaults(fable_run: Path, runs: Path, **options: Any) -> Path:
    """A copy of the run whose config says how to generate."""
    run = runs / "mine"
    shutil.copytree(fable_run, run)
    tree = parse((run / "config.yaml").read_text(), "config.yaml").tree
    tree["generate"].update(options)
    (run / "config.yaml").write_text(dump(tree))
    return run


def test_generate_prints_a_line_for_each_sample(
    fable_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [
        "generate",
        fable_run,
        "--seed",
        SEED,
        "--temperature",
        2,
        "--random-seed",
        0,
        "--max-new-tokens",
        6,
    ]
    lines = done(*options, "--num-samples", 4).stdout.splitlines()
    assert len(lines) == len(set(lines)) == 4
    assert all(line.startswith(SEED) for line in lines)
    beyond = invoke(*options, "--num-samples", 10_000, "--max-new-tokens", 1_000_000)
    assert beyond.stderr.startswith("Error: --seed: 10,000 continuations of 1,000,000 tokens take")
    assert beyond.exit_code == 2
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", -1.0)
    in_raw = done(*options, "--num-samples", 4, "--raw")
    assert "5 of 6 tokens of each text, " in in_raw.stderr
    raw = in_raw.stdout.splitlines()
    assert [len(line.split()) for line in raw] == [6] * 4
    made = json.loads(done(*options, "--num-samples", 4, "--json").stdout)
    assert [sample["text"] for sample in made] == lines
    assert [" ".join(sample["tokens"]) for sample in made] == raw


def test_generate_json_is_a_list_when_num_samples_is_given(fable_run: Path) -> None:
    one = json.loads(
        done("generate", fable_run, "--seed", SEED, "--max-new-tokens", 3, "--json").stdout
    )
    assert one == {
        "seed": SEED,
        "tokens": ["council", "to", "consider"],
        "continuation": "council to consider",
        "text": f"{SEED} council to consider",
        "token_ids": one["token_ids"],
    }
    assert len(one["token_ids"]) == 3
    (listed,) = json.loads(
        done(
            "generate",
            fable_run,
            "--seed",
            SEED,
            "--max-new-tokens",
            3,
            "--num-samples",
            1,
            "--json",
        ).stdout
    )
    assert listed == one


@pytest.mark.parametrize(
    ("stop", "end"),
    [
        ("consider", "consider"),
        ("to consider", "to consider"),
        ("onsi", "consider"),
        ("measures they", "measures they"),
    ],
)
def test_generate_stops_with_the_token_that_completes_the_stop_text(
    fable_run: Path, stop: str, end: str
) -> None:
    assert (
        done("generate", fable_run, "--seed", SEED, "--stop", stop).stdout
        == CONTINUED[: CONTINUED.index(end) + len(end)] + "\n"
    )


def test_generate_ignores_a_stop_text_of_the_seed(fable_run: Path) -> None:
    assert (
        done(
            "generate", fable_run, "--seed", SEED, "--stop", "general", "--max-new-tokens", 8
        ).stdout
        == CONTINUED + "\n"
    )


def test_generate_ends_at_max_new_tokens_without_the_stop_text(fable_run: Path) -> None:
    assert (
        len(
            json.loads(
                done(
                    "generate",
                    fable_run,
                    "--seed",
                    SEED,
                    "--stop",
                    "dog",
                    "--max-new-tokens",
                    40,
                    "--json",
                ).stdout
            )["tokens"]
        )
        == 40
    )


def test_generate_treats_unknown_words_by_oov(fable_run: Path) -> None:
    arguments = ["generate", fable_run, "--seed", "had a generl", "--max-new-tokens", 1]
    refused = invoke(*arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--seed: not in the vocabulary" in refused.stderr
    assert "near 'generl': general" in refused.stderr
    skipped = invoke(*arguments, "--oov", "skip")
    assert skipped.exit_code == 2
    assert "--seed: 2 words in 'had a generl'" in skipped.stderr
    assert (
        done(
            "generate",
            fable_run,
            "--seed",
            "had a generl general",
            "--oov",
            "skip",
            "--max-new-tokens",
            1,
        ).stdout
        == "had a general council\n"
    )
    assert done(*arguments, "--oov", "unk").stdout.startswith("had a <unk> ")
    assert invoke(*arguments, "--oov", "guess").exit_code == 2


def test_generate_reads_the_seed_from_standard_input(fable_run: Path) -> None:
    for text in ("had a general", "had a general\n", "all came, said some,\nhad  a\tgeneral\n"):
        result = invoke(
            "generate", fable_run, "--seed", "-", "--oov", "skip", "--max-new-tokens", 1, stdin=text
        )
        assert result.exit_code == 0, result.stderr
        assert result.stdout.endswith("had a general council\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty text"),
        ("\n", "an empty text"),
        ("had a", "2 words"),
        (b"had a \xff\xfe", "is not UTF-8"),
    ],
)
def test_generate_refuses_a_wrong_seed_from_standard_input(
    fable_run: Path, text: str | bytes, said: str
) -> None:
    result = invoke("generate", fable_run, "--seed", "-", stdin=text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_generate_interactive_survives_wrong_input(fable_run: Path) -> None:
    # and Ctrl-D
    typed = (
        b"had a general\n\nhad a\nhad a wombat\n\xff\xfe a general\nthe mice looked\r\n   \nold"
        b" mouse said"
    )
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "rnnkit",
            "generate",
            str(fable_run),
            "--interactive",
            "--max-new-tokens",
            "2",
        ],
        input=typed,
        capture_output=True,
        timeout=120,
        check=False,
    )
    stderr = process.stderr.decode()
    assert process.returncode == 0, stderr
    assert process.stdout.decode().splitlines() == [
        "had a general council to",
        "the mice looked at one",
        "old mouse said it is",
    ]
    assert stderr.count("3 words: ") == 9
    errors = re.findall(r"Error: seed: (.*)", stderr)
    assert len(errors) == 5
    for said, error in zip(
        (
            "an empty text",
            "2 words in 'had a'",
            "'wombat'",
            "not in the vocabulary",
            "an empty text",
        ),
        errors,
        strict=True,
    ):
        assert said in error
    assert "Traceback" not in stderr
    assert stderr.endswith("3 words: \n")


def test_generate_interactive_prints_several_samples(fable_run: Path) -> None:
    options = ["--num-samples", 3, "--temperature", 2, "--max-new-tokens", 5, "--random-seed", 0]
    lines = done(
        "generate", fable_run, "--interactive", *options, stdin=f"{SEED}\n"
    ).stdout.splitlines()
    assert len(set(lines)) == 3
    assert lines == done("generate", fable_run, "--seed", SEED, *options).stdout.splitlines()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--seed", SEED, "--interactive"],
        ["--interactive", "--json"],
        ["--interactive", "--raw"],
    ],
)
def test_generate_refuses_options_that_exclude_each_other(
    fable_run: Path, arguments: list[str]
) -> None:
    result = invoke("generate", fable_run, *arguments, stdin="")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--interactive" in result.stderr


def test_generate_interactive_refuses_closed_standard_input(fable_run: Path) -> None:
    command = f"exec '{sys.executable}' -m rnnkit generate '{fable_run}' --interactive <&-"
    process = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=120, check=False
    )
    assert process.returncode == 2
    assert process.stderr.splitlines()[-1] == "Error: standard input: closed. Expected text."


# The leader of a session that opens a terminal has it as its own: then Ctrl-C and Ctrl-D mean what
# they mean.
TAKE_THE_TERMINAL = (
    "import os, sys; os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.executable, [sys.executable,"
    " *sys.argv[1:]])"
)


class Terminal:
    """A process in a real terminal (a pty), as a person sees it."""

    def __init__(self, *arguments: object):
        self._screen, inside = pty.openpty()
        command = [sys.executable, "-c", TAKE_THE_TERMINAL, "-m", "rnnkit", *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdin=inside, stdout=inside, stderr=inside, start_new_session=True
        )
        os.close(inside)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def wait_for(self, text: str, seconds: float = 120) -> None:
        """Reads until `text` is on the screen behind what was waited for before."""
        while text not in self.seen:
            assert select.select([self._screen], [], [], seconds)[0], (
                f"{text!r} never came: {self.seen!r}"
            )
            try:
                self.seen += os.read(self._screen, 65536).decode().replace("\r\n", "\n")
            except OSError:
                raise AssertionError(f"{text!r} never came: {self.seen!r}") from None
        self.seen = self.seen.split(text, 1)[1]

    def end(self) -> int:
        try:
            while part := os.read(self._screen, 65536):
                self.seen += part.decode().replace("\r\n", "\n")
        except OSError:
            pass  # how Linux says that nobody holds the terminal any more
        return self.process.wait(120)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._screen)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    made: list[Terminal] = []

    def start(*arguments: object) -> Terminal:
        made.append(Terminal(*arguments))
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_generate_interactive_answers_in_a_terminal(
    fable_run: Path, terminal: Callable[..., Terminal]
) -> None:
    screen = terminal("generate", fable_run, "--interactive", "--max-new-tokens", 3)
    screen.wait_for("3 words: ")
    screen.type("had a wombat\n")
    screen.wait_for("Error: seed: not in the vocabulary")
    screen.wait_for("3 words: ")
    screen.type(f"{SEED}\n")
    screen.wait_for(f"{SEED}\n")  # the terminal's echo
    screen.wait_for(f"{SEED} council to consider\n")
    screen.wait_for("3 words: ")
    screen.type("\x04")  # Ctrl-D
    assert screen.end() == 0
    assert screen.seen == "\n"


def test_generate_streams_tokens_to_a_terminal(
    fable_run: Path, terminal: Callable[..., Terminal]
) -> None:
    """A million tokens take hours; the first are there at once, and Ctrl-C ends it."""
    screen = terminal("generate", fable_run, "--seed", SEED, "--max-new-tokens", 1_000_000)
    screen.wait_for(CONTINUED)
    screen.wait_for("the cat")
    screen.type("\x03")  # Ctrl-C
    assert screen.end() == 128 + signal.SIGINT
    assert "Traceback" not in screen.seen


def test_generate_prints_the_same_to_a_terminal_and_a_pipe(
    fable_run: Path, terminal: Callable[..., Terminal], rnnkit: Rnnkit
) -> None:
    arguments = [
        "generate",
        fable_run,
        "--seed",
        SEED,
        "--temperature",
        1.5,
        "--random-seed",
        3,
        "--max-new-tokens",
        30,
    ]
    screen = terminal(*arguments)
    assert screen.end() == 0
    assert screen.seen == rnnkit(*arguments).stdout


def test_generate_uses_the_defaults_of_the_run(fable_run: Path, runs: Path) -> None:
    with_defaults(
        fable_run, runs, temperature=1.5, top_k=20, random_seed=4, max_new_tokens=7, num_samples=3
    )
    lines = done("generate", "--seed", SEED).stdout.splitlines()
    assert len(set(lines)) == 3
    asked = [
        "--temperature",
        1.5,
        "--top-k",
        20,
        "--random-seed",
        4,
        "--max-new-tokens",
        7,
        "--num-samples",
        3,
    ]
    assert lines == done("generate", fable_run, "--seed", SEED, *asked).stdout.splitlines()
    assert [
        made["text"] for made in json.loads(done("generate", "--seed", SEED, "--json").stdout)
    ] == lines
    assert done("generate", "--interactive", stdin=SEED).stdout.splitlines() == lines


def test_generate_options_override_the_defaults(fable_run: Path, runs: Path) -> None:
    with_defaults(
        fable_run,
        runs,
        temperature=1.5,
        top_k=20,
        top_p=0.5,
        random_seed=4,
        max_new_tokens=2,
        num_samples=3,
        stop="council",
    )
    assert done("generate", "--seed", SEED, "--temperature", 0).stdout == "had a general council\n"
    assert done("generate", "--seed", SEED, "--beam-size", 2).stdout == "had a general council\n"
    assert len(done("generate", "--seed", SEED, "--num-samples", 2).stdout.splitlines()) == 2
    assert (
        done(
            "generate",
            "--seed",
            SEED,
            "--temperature",
            0,
            "--stop",
            "nothing",
            "--max-new-tokens",
            3,
        ).stdout
        == "had a general council to consider\n"
    )


def test_generate_uses_the_beam_of_the_run(fable_run: Path, runs: Path) -> None:
    with_defaults(fable_run, runs, beam_size=3, num_samples=2, max_new_tokens=5)
    assert len(done("generate", "--seed", SEED).stdout.splitlines()) == 2
    drawn = done(
        "generate", "--seed", SEED, "--temperature", 2, "--random-seed", 0, "--num-samples", 4
    ).stdout.splitlines()
    assert len(set(drawn)) == 4


def test_generate_refuses_an_option_that_the_defaults_exclude(fable_run: Path) -> None:
    result = invoke("generate", fable_run, "--seed", SEED, "--top-k", 3)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "top_k with temperature 0" in result.stderr
    assert "--temperature" in result.stderr


def test_generate_reports_several_wrong_options_together(fable_run: Path) -> None:
    result = invoke(
        "generate", fable_run, "--seed", SEED, "--num-samples", 100_000, "--beam-size", 5000
    )
    assert result.exit_code == 2
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == [
        "--num-samples",
        "--beam-size",
    ]


def test_generate_report_warns_of_an_exact_copy(fable_run: Path) -> None:
    """Seventeen tokens that stand in the fable word for word: every n-gram is there, and a
    warning."""
    result = done("generate", fable_run, "--seed", SEED, "--max-new-tokens", 17, "--report")
    assert result.stdout.startswith(CONTINUED)
    lines = [line.strip() for line in result.stderr.splitlines()]
    assert lines[0].startswith("n-grams")
    assert lines[0].endswith("3: 100 %, 4: 100 %, 5: 100 %, 6: 100 %, 7: 100 %, 8: 100 %")
    # Counted from 0, after "long ago , the mice had a general".
    assert lines[1].startswith(
        "longest copied span: 17 of 17 tokens, from token 8 of the training text: 'council to"
        " consider"
    )
    assert "almost exact copy" in lines[-1]


def test_generate_report_compares_each_text(fable_run: Path) -> None:
    options = [
        "generate",
        fable_run,
        "--seed",
        SEED,
        "--temperature",
        3,
        "--random-seed",
        0,
        "--num-samples",
        2,
        "--max-new-tokens",
        12,
    ]
    result = done(*options, "--report")
    assert result.stdout == done(*options).stdout
    assert result.stderr.count("longest copied span") == 2
    assert "almost exact copy" not in result.stderr
    raw = done(*options, "--report", "--raw")
    assert (raw.stdout, raw.stderr) == (done(*options, "--raw").stdout, result.stderr)
    listed = json.loads(done(*options, "--report", "--json").stdout)
    assert [sample["text"] for sample in listed] == result.stdout.splitlines()
    assert {"shared", "copied", "place", "distinct", "repeated", "tokens"} < set(
        listed[0]["originality"]
    )


def test_generate_report_refuses_a_run_whose_text_is_gone(
    fable_run: Path, runs: Path, tmp_path: Path
) -> None:
    run = with_defaults(fable_run, runs)
    config = (run / "config.yaml").read_text(encoding="utf-8")
    (run / "config.yaml").write_text(
        config.replace("dataset: fable", "dataset: {text: {path: gone.txt}}"), encoding="utf-8"
    )
    assert done("generate", run, "--seed", SEED, "--max-new-tokens", 3).stdout
    result = invoke("generate", run, "--seed", SEED, "--max-new-tokens", 3, "--report")
    assert result.exit_code == 2
    assert "gone.txt" in result.stderr


def test_generate_refuses_a_condition_for_an_unconditioned_run(fable_run: Path) -> None:
    for seed in (["--seed", SEED], []):
        result = invoke("generate", fable_run, *seed, "--condition", "Irish")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--condition: a model that reads no condition" in result.stderr
