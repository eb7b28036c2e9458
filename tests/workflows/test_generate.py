"""Text from a run that has learnt the fable."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit import api
from rnnkit.data.datasets.fable import FABLE
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.workflows.answer import load_trained
from rnnkit.workflows.generate import Generated, Generator, generate

CONTINUED = (
    "had a general council to consider what measures they could take to outwit their common enemy,"
    " the cat"
)


def silent(line: str) -> None:
    pass


def made(run: Path, seed: str = "had a general", **options: Any) -> Generated:
    return generate(str(run), seed, warn=silent, **options)


@pytest.fixture(scope="module")
def char_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps by character."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(tmp_path_factory.mktemp("char")))
        return api.train("fable_char", "train.max_steps=20", say=silent).folder.path


def test_greedy_text_is_the_fables(fable_run: Path) -> None:
    generated = made(fable_run)
    assert generated.text.startswith(CONTINUED)
    assert generated.seed == "had a general"
    assert generated.continuation.startswith("council to consider")
    assert generated.text == f"had a general {generated.continuation}"
    assert generated.tokens[:3] == ["council", "to", "consider"]
    assert len(generated.tokens) == 32  # the default


def test_the_whole_fable_from_its_first_words_up_to_the_first_ambiguity(fable_run: Path) -> None:
    text = made(fable_run, "long ago,", max_new_tokens=22).text
    assert text == FABLE.split(" .")[0] + "."


@pytest.mark.parametrize("seed", ["Had A GENERAL", "  had   a\n\ngeneral ", "had\ta general"])
def test_case_and_spacing_of_a_seed_do_not_matter(fable_run: Path, seed: str) -> None:
    generated = made(fable_run, seed)
    assert generated.text == made(fable_run).text
    assert generated.seed == seed


def test_of_a_long_seed_the_model_sees_the_last_window(fable_run: Path) -> None:
    long = made(fable_run, "old mouse spoke. the cat had a general")
    assert long.tokens == made(fable_run).tokens
    assert long.text.startswith("old mouse spoke. the cat had a general council to consider")


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_as_many_tokens_as_asked_for(fable_run: Path, count: int) -> None:
    short = made(fable_run, max_new_tokens=count)
    assert len(short.tokens) == count
    assert short.tokens == made(fable_run, max_new_tokens=150).tokens[:count]


def test_a_seed_of_chance_repeats_and_another_differs(fable_run: Path) -> None:
    texts = [made(fable_run, temperature=2.0, random_seed=seed).text for seed in (0, 0, 1, 2)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 3
    assert made(fable_run, temperature=2.0).text != made(fable_run, temperature=2.0).text


def test_a_low_temperature_is_nearly_greedy_and_a_high_one_is_not(fable_run: Path) -> None:
    greedy = made(fable_run, max_new_tokens=15).tokens
    assert made(fable_run, max_new_tokens=15, temperature=1e-6, random_seed=0).tokens == greedy
    assert made(fable_run, max_new_tokens=15, temperature=100.0, random_seed=0).tokens != greedy


def test_unk_is_never_produced(fable_run: Path) -> None:
    generated = made(fable_run, temperature=100.0, max_new_tokens=3000, random_seed=0)
    assert "<unk>" not in generated.tokens
    assert len(set(generated.tokens)) == 112  # everything else is
    # It would have come: among 113 nearly equal odds, 3,000 draws miss one token once in e^26
    # times.
    codec = load_trained(RunFolder.open(str(fable_run)), silent).codec
    assert len(codec) == 113


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        ("", "seed: an empty seed. Expected at least 3 words of the training text."),
        ("   \n", "seed: an empty seed. Expected at least 3 words of the training text."),
        (
            "had a",
            (
                "seed: 2 words in 'had a'. Expected at least 3: the model sees a window of 3. Add 1"
                " more."
            ),
        ),
    ],
)
def test_a_seed_that_is_too_short(fable_run: Path, seed: str, message: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        made(fable_run, seed)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


def test_unknown_words_are_named_with_the_nearest_known(fable_run: Path) -> None:
    with pytest.raises(RnnkitError) as caught:
        made(fable_run, "had a genral Counsil qqq", where="--seed")
    message = str(caught.value)
    assert message.startswith("--seed: not in the vocabulary of 112: 'genral', 'Counsil', 'qqq'.")
    assert "near 'genral': general" in message
    assert "near 'Counsil': council" in message
    assert caught.value.exit_code == 2


def test_bytes_that_are_no_text(fable_run: Path) -> None:
    with pytest.raises(RnnkitError, match="not in the vocabulary"):
        made(fable_run, os.fsdecode(b"had a general \xff\xfe"))


def test_unknown_words_skipped_or_read_as_unk(fable_run: Path) -> None:
    said: list[str] = []
    skipped = Generator.open(str(fable_run), {}, oov="skip", warn=said.append).samples(
        "had zebra a general"
    )[0]
    assert skipped.tokens == made(fable_run).tokens
    assert said == ["seed: not in the vocabulary, left out: 'zebra'"]
    with_unk = Generator.open(str(fable_run), {}, oov="unk", warn=silent).samples(
        "had a zebra general"
    )[0]
    assert with_unk.text.startswith("had a <unk> general")
    assert "<unk>" not in with_unk.tokens


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("temperature", -1.0),
        ("temperature", float("nan")),
        ("temperature", float("inf")),
        ("temperature", 101.0),
        ("max_new_tokens", 0),
        ("max_new_tokens", -3),
        ("random_seed", -1),
    ],
)
def test_options_out_of_bounds_are_refused(fable_run: Path, option: str, value: float) -> None:
    with pytest.raises(RnnkitError, match=rf"^--{option.replace('_', '-')}: found {value}"):
        made(fable_run, **{option: value})


def test_an_unknown_option_is_refused(fable_run: Path) -> None:
    with pytest.raises(RnnkitError, match="unknown key"):
        api.generate("had a general", run=str(fable_run), temprature=0.5)


def test_the_pieces_of_a_stream_are_the_text(fable_run: Path) -> None:
    options = {"temperature": 1.5, "random_seed": 3, "max_new_tokens": 60}
    generator = Generator.open(str(fable_run), options, warn=silent)
    pieces = list(generator.stream("had a general"))
    assert pieces[0] == "had a general"
    assert len(pieces) == 61
    assert "".join(pieces) == generator.samples("had a general")[0].text


def test_samples_side_by_side(fable_run: Path) -> None:
    texts = api.generate_samples(
        "had a general", 5, run=str(fable_run), temperature=2.0, random_seed=0
    )
    assert len(set(texts)) == 5
    assert texts == api.generate_samples(
        "had a general", 5, run=str(fable_run), temperature=2.0, random_seed=0
    )
    assert all(text.startswith("had a general") for text in texts)


def test_the_text_ends_after_the_stop_text(fable_run: Path) -> None:
    text = api.generate("had a general", run=str(fable_run), stop="enemy,", max_new_tokens=100)
    assert text == CONTINUED.removesuffix(" the cat")


def test_a_beam_begins_no_less_likely_than_greedy(fable_run: Path) -> None:
    text = api.generate("had a general", run=str(fable_run), beam_size=4, max_new_tokens=16)
    assert text == CONTINUED


def test_by_character(char_run: Path) -> None:
    seed = "had a general council"
    generated = made(char_run, seed, max_new_tokens=50, temperature=0.7, random_seed=0)
    assert len(generated.tokens) == 50
    assert all(len(token) == 1 for token in generated.tokens)
    assert generated.text == seed + "".join(generated.tokens)
    assert set(generated.tokens) <= set(FABLE)
    with pytest.raises(RnnkitError, match=r"19 characters in .* Add 1 more"):
        made(char_run, "had a general counc")
    with pytest.raises(RnnkitError, match="'H', 'Z'"):
        made(char_run, "Had a general council Z")


def test_greedy_text_is_that_of_keras(fable_run: Path) -> None:
    # Next tokens by the keras model, window by window, as a plain loop.
    run = api.load_run(str(fable_run))
    codec = run.config.load_codec(run.folder)
    token_ids = codec.encode("had a general").tolist()
    for _ in range(40):
        logits = np.array(run.model(np.array([token_ids[-3:]], dtype=np.int32)))[0]
        logits[codec.unknown_id] = -np.inf
        token_ids.append(int(logits.argmax()))
    assert made(fable_run, max_new_tokens=40).text == codec.text(token_ids)


def copies(fable_run: Path, runs: Path, *lengths: int) -> None:
    """Copies of the run, each younger than the one before; run N makes `lengths[N]` tokens."""
    for number, length in enumerate(lengths):
        copy = runs / f"copy-{number}"
        shutil.copytree(fable_run, copy)
        config = (copy / "config.yaml").read_text(encoding="utf-8")
        assert config.count("max_new_tokens: 32") == 1
        (copy / "config.yaml").write_text(
            config.replace("max_new_tokens: 32", f"max_new_tokens: {length}"), encoding="utf-8"
        )
        os.utime(copy / "manifest.json", (1_700_000_000 + number, 1_700_000_000 + number))


def test_without_a_name_the_newest_run_answers(fable_run: Path, runs: Path) -> None:
    copies(fable_run, runs, 3, 4, 5)
    for newest, length in itertools.zip_longest(("copy-2", "copy-1", "copy-0"), (5, 4, 3)):
        assert len(generate(None, "had a general", warn=silent).tokens) == length
        assert api.generate("had a general").startswith("had a general council")
        shutil.rmtree(runs / newest)
    with pytest.raises(
        RnnkitError,
        match=(
            r"no trained language_model or conditioned_language_model or seq2seq run\. Train one"
            r" first"
        ),
    ):
        generate(None, "had a general", warn=silent)


def test_a_newer_run_without_weights_is_passed_over(fable_run: Path, runs: Path) -> None:
    copies(fable_run, runs, 3, 4)
    (runs / "copy-1" / "weights.npz").unlink()
    assert len(generate(None, "had a general", warn=silent).tokens) == 3


def test_a_copied_run_answers_as_the_original(fable_run: Path, tmp_path: Path) -> None:
    shutil.copytree(fable_run, tmp_path / "elsewhere")
    assert made(tmp_path / "elsewhere").text == made(fable_run).text


def test_a_runs_own_defaults(fable_run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(fable_run, copy)
    config = (copy / "config.yaml").read_text(encoding="utf-8")
    config = config.replace("max_new_tokens: 32", "max_new_tokens: 9").replace(
        "random_seed: null", "random_seed: 5"
    )
    assert config.count("temperature: 0.0") == 1
    (copy / "config.yaml").write_text(
        config.replace("temperature: 0.0", "temperature: 2.0"), encoding="utf-8"
    )
    assert (
        made(copy).tokens
        == made(fable_run, temperature=2.0, max_new_tokens=9, random_seed=5).tokens
    )
    assert made(copy, temperature=0.0, max_new_tokens=3).tokens == ["council", "to", "consider"]


@pytest.mark.parametrize("name", ["nowhere", "", "poem.txt"])
def test_no_such_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "poem.txt").touch()
    with pytest.raises(RnnkitError, match=r"no such run|a file\. Expected a run folder"):
        generate(name, "had a general", warn=silent)


def test_a_damaged_tokenizer_is_named(fable_run: Path, tmp_path: Path) -> None:
    shutil.copytree(fable_run, tmp_path / "copy")
    tokenizer = tmp_path / "copy" / "tokenizer.json"
    tokenizer.write_bytes(tokenizer.read_bytes()[:100])
    with pytest.raises(RnnkitError, match=r"tokenizer\.json: damaged tokenizer"):
        made(tmp_path / "copy")
