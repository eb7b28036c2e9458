"""Text from a run that has learnt the fable."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit import kernels
from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import BPE
from rnnkit.errors import RnnkitError, at
from rnnkit.generation.options import Generate
from rnnkit.generation.stepper import States
from rnnkit.names import find_run
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import Oov
from rnnkit.tasks.language_model.data import LanguageCodec
from rnnkit.tasks.language_model.task import LanguageModel
from rnnkit.workflows.code import import_file
from rnnkit.workflows.engines import use_engine
from rnnkit.workflows.generate import Generated, Generator
from rnnkit.workflows.keras_outputs import KerasOutputs
from rnnkit.workflows.train import train
from rnnkit.workflows.trained import Trained, load_trained, open_run
from tests.helpers.language_models import window_model
from tests.helpers.tagged import SMALL

SEED = "had a general"
CONTINUED = (
    "had a general council to consider what measures they could take to outwit their common enemy,"
    " the cat"
)


@pytest.fixture(scope="module")
def trained(fable_run: Path) -> Trained:
    return load_trained(find_run(str(fable_run)))


def generator(trained: Trained, oov: Oov = "error", **options: Any) -> Generator:
    return Generator(trained, Generate.model_validate(options), oov)


def continued(trained: Trained, seed: str = SEED, **options: Any) -> Generated:
    return generator(trained, **options).samples(seed)[0]


class Counting:
    """A model's outputs, noting how many rows they are asked for each time."""

    def __init__(self, trained: Trained):
        self._outputs, self.calls = trained.predictor.outputs, list[int]()

    def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
        self.calls.append(len(inputs))
        return self._outputs(inputs)

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        return self._outputs.init_state(batch, condition)

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        return self._outputs.step(inputs, states)


def counted(trained: Trained) -> tuple[Trained, list[int]]:
    """The same run, and the rows that it is asked for."""
    outputs = Counting(trained)
    predictor = trained.task.predictor(trained.predictor.codec, outputs)
    return dataclasses.replace(trained, predictor=predictor), outputs.calls


def test_samples_greedily_continue_as_the_fable(trained: Trained) -> None:
    generated = continued(trained)
    assert generated.text.startswith(CONTINUED)
    assert generated.seed == SEED
    assert generated.text == f"{SEED} {generated.continuation}"
    assert generated.tokens[:3] == ["council", "to", "consider"]
    assert len(generated.tokens) == len(generated.token_ids) == 32  # the default
    beginning = continued(trained, "long ago,", max_new_tokens=22).text
    assert beginning == FABLE.split(" .")[0] + "."  # up to the first ambiguity


def test_samples_greedily_as_keras_does(fable_run: Path, trained: Trained) -> None:
    """Next tokens by the keras model, window by window, as a plain loop."""
    _, _, architecture, weights = open_run(find_run(str(fable_run)))
    keras = KerasOutputs(architecture, weights)
    tokenizer = generator(trained)._predictor.tokenizer
    ids = tokenizer.encode(SEED).tolist()
    for _ in range(40):
        logits = keras(np.array([ids[-3:]], np.int32))[0]
        logits[tokenizer.unknown_id] = -np.inf
        ids.append(int(logits.argmax()))
    assert continued(trained, max_new_tokens=40).text == tokenizer.text(ids)


def test_samples_continue_the_last_window_of_a_long_seed(trained: Trained) -> None:
    long = continued(trained, "Old  mouse spoke. The cat HAD a general")
    assert long.tokens == continued(trained).tokens
    assert long.text.startswith("old mouse spoke. the cat had a general council to consider")


def test_samples_have_max_new_tokens_tokens(trained: Trained) -> None:
    tokens = continued(trained, max_new_tokens=100).tokens
    assert len(tokens) == 100
    assert continued(trained, max_new_tokens=1).tokens == tokens[:1]


def test_samples_are_computed_in_one_batch(trained: Trained) -> None:
    run, calls = counted(trained)
    options: dict[str, Any] = {"temperature": 1.0, "random_seed": 0, "max_new_tokens": 4}
    samples = generator(run, num_samples=7, **options).samples(SEED)
    assert calls == [1, 7, 7, 7]  # the seed is read once
    assert [len(sample.tokens) for sample in samples] == [4] * 7
    assert all(sample.text.startswith(SEED) for sample in samples)


def test_samples_are_drawn_independently_by_the_random_seed(trained: Trained) -> None:
    def texts(**options: Any) -> list[str]:
        drawn = generator(trained, num_samples=20, temperature=2.0, max_new_tokens=8, **options)
        return [sample.text for sample in drawn.samples(SEED)]

    assert texts(random_seed=1) == texts(random_seed=1)
    assert len(set(texts(random_seed=1))) == 20
    assert texts() != texts()


@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
def test_samples_of_rounded_weights_are_the_same_where_tokens_are_far_apart(
    fable_run: Path, trained: Trained, precision: str, caplog: pytest.LogCaptureFixture
) -> None:
    longer = {"max_new_tokens": 12}
    expected = continued(trained, **longer).text
    assert continued(trained, precision=precision, **longer).text == expected
    assert (f"{precision} does not apply" in caplog.text) == bool(kernels.why_missing())
    with use_engine("numpy"):
        other = load_trained(find_run(str(fable_run)))
    caplog.clear()
    assert continued(other, precision=precision, **longer).text == expected
    assert caplog.text.count(f"{precision} does not apply") == 1


def test_samples_stop_separately_and_the_batch_with_the_last(trained: Trained) -> None:
    run, calls = counted(trained)
    options: dict[str, Any] = {"num_samples": 10, "temperature": 1.5, "random_seed": 0}
    samples = generator(run, stop=",", max_new_tokens=500, **options).samples(SEED)
    lengths = [len(sample.tokens) for sample in samples]
    assert all(sample.tokens.index(",") == len(sample.tokens) - 1 for sample in samples)
    assert len(set(lengths)) > 3
    assert len(calls) == max(lengths)


def test_samples_of_a_beam_are_sorted_best_first(trained: Trained) -> None:
    options: dict[str, Any] = {"beam_size": 5, "max_new_tokens": 6}
    wide = generator(trained, num_samples=5, **options).samples(SEED)
    assert len({sample.text for sample in wide}) == 5
    assert CONTINUED.startswith(wide[0].text)
    assert generator(trained, num_samples=2, **options).samples(SEED) == wide[:2]


def test_samples_of_a_beam_end_with_the_stop_text(trained: Trained) -> None:
    options: dict[str, Any] = {"beam_size": 4, "num_samples": 4, "max_new_tokens": 20}
    samples = generator(trained, stop=",", **options).samples(SEED)
    assert any(sample.tokens[-1] == "," for sample in samples)
    assert all("," not in sample.tokens[:-1] for sample in samples)


def test_samples_never_hold_unk(trained: Trained) -> None:
    """It would come: among 113 nearly equal odds, 3,000 draws miss one token once in e^26 times."""
    tokens = continued(trained, temperature=100.0, max_new_tokens=3000, random_seed=0).tokens
    assert "<unk>" not in tokens
    assert len(set(tokens)) == 112  # everything else is there


def test_samples_refuse_bytes_that_are_not_text(trained: Trained) -> None:
    with pytest.raises(RnnkitError, match=r"^seed: not in the vocabulary"), at("seed"):
        continued(trained, os.fsdecode(b"had a general \xff\xfe"))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"temperature": 2.0, "random_seed": 5},
        {"temperature": 1.0, "random_seed": 5, "top_k": 3, "top_p": 0.9, "repetition_penalty": 1.3},
        {"stop": ","},
        {"beam_size": 3, "stop": ","},
        {"max_new_tokens": 1},
    ],
)
def test_stream_pieces_join_to_the_text(trained: Trained, options: dict[str, Any]) -> None:
    pieces = list(generator(trained, **options).stream(SEED))
    assert pieces[0] == SEED
    assert "".join(pieces) == continued(trained, **options).text
    assert len(pieces) > 1


def test_stream_yields_a_piece_before_the_next_is_computed(trained: Trained) -> None:
    run, calls = counted(trained)
    pieces = generator(run, max_new_tokens=1000).stream(SEED)
    assert [next(pieces), calls] == [SEED, []]
    for count in range(1, 4):
        next(pieces)
        assert len(calls) == count


@pytest.mark.parametrize(("oov", "seed"), [("skip", SEED), ("unk", "had a <unk> general")])
def test_generator_reports_unknown_words_once(
    trained: Trained, oov: Oov, seed: str, caplog: pytest.LogCaptureFixture
) -> None:
    for beam_size in (1, 2):
        asked = generator(trained, oov, max_new_tokens=3, beam_size=beam_size)
        for answer in (
            lambda asked=asked: asked.samples("had a Wombat general")[0].text,
            lambda asked=asked: "".join(asked.stream("had a Wombat general")),
        ):
            caplog.clear()
            with caplog.at_level(logging.INFO, "rnnkit"), at("seed"):
                text = answer()
            assert text.startswith(f"{seed} ")
            assert "<unk>" not in text.removeprefix(seed)
            (remark,) = [record.getMessage() for record in caplog.records]
            assert remark.startswith("seed: ")
            assert "'Wombat'" in remark


def test_report_marks_a_copy(trained: Trained) -> None:
    asked = generator(trained, max_new_tokens=17)
    samples = asked.samples(SEED)
    (report,) = asked.report(samples)
    assert (report.copied, report.place, report.is_copy) == (17, 8, True)
    assert "'council to consider" in asked.report_lines(report, samples[0])[1]


def test_open_refuses_options_out_of_range(fable_run: Path) -> None:
    for options in ({"temperature": float("nan")}, {"max_new_tokens": 0}, {"temprature": 0.5}):
        (name,) = options
        with pytest.raises(RnnkitError, match=rf"^--{name.replace('_', '-')}: "):
            Generator.open(str(fable_run), options)


def test_open_uses_the_defaults_of_the_run(
    fable_run: Path, trained: Trained, tmp_path: Path
) -> None:
    copy = shutil.copytree(fable_run, tmp_path / "copy")
    config = (copy / "config.yaml").read_text(encoding="utf-8")
    for default, own in (
        ("max_new_tokens: null", "max_new_tokens: 9"),
        ("random_seed: null\n  repetition", "random_seed: 5\n  repetition"),
        ("temperature: 0.0", "temperature: 2.0"),
    ):
        assert config.count(default) == 1
        config = config.replace(default, own)
    (copy / "config.yaml").write_text(config, encoding="utf-8")
    drawn = continued(trained, temperature=2.0, max_new_tokens=9, random_seed=5)
    assert Generator.open(str(copy), {}).samples(SEED)[0] == drawn
    greedy = Generator.open(str(copy), {"temperature": 0.0, "max_new_tokens": 3}).samples(SEED)
    assert greedy[0].tokens == ["council", "to", "consider"]


def test_open_refuses_a_damaged_tokenizer(fable_run: Path, tmp_path: Path) -> None:
    tokenizer = shutil.copytree(fable_run, tmp_path / "copy") / "tokenizer.json"
    tokenizer.write_bytes(tokenizer.read_bytes()[:100])
    with pytest.raises(RnnkitError, match=r"tokenizer\.json: damaged"):
        Generator.open("copy", {})


def age(run: Path, hours: int) -> None:
    """Makes a run older than it is."""
    time = run.stat().st_mtime - 3600 * hours
    for file in ("manifest.json", "config.yaml"):
        os.utime(run / file, (time, time))


def test_open_takes_the_newest_run_that_generates(fable_run: Path, runs: Path) -> None:
    """A newer tagger is passed over, and so is one whose weights are missing."""
    with pytest.raises(RnnkitError, match="no trained run that generates text"):
        Generator.open(None, {})
    age(shutil.copytree(fable_run, runs / "old"), 2)
    age(shutil.copytree(fable_run, runs / "new"), 1)
    config = (runs / "new" / "config.yaml").read_text(encoding="utf-8")
    new = config.replace("max_new_tokens: null", "max_new_tokens: 4")
    (runs / "new" / "config.yaml").write_text(new, encoding="utf-8")
    age(runs / "new", 1)
    Path("t.tsv").write_text("a O\nb B-PER\n\nc O\n" * 3, encoding="utf-8")
    Path("tagger.yaml").write_text(SMALL.replace("t.tsv", "{path: t.tsv}"), encoding="utf-8")
    tagger = train("tagger.yaml").run
    assert len(Generator.open(None, {}).samples(SEED)[0].tokens) == 4
    (runs / "new" / "weights.npz").unlink()
    assert len(Generator.open(None, {}).samples(SEED)[0].tokens) == 32
    with pytest.raises(RnnkitError, match=r"a tagging run.*generates text"):
        Generator.open(str(tagger), {})
    with pytest.raises(RnnkitError, match="no trained run that generates text from a condition"):
        Generator.open(None, {}, condition="Irish")


MINE = '''
from rnnkit.tasks.language_model.data import LanguageCodec
from rnnkit.tasks.language_model.task import LanguageModel

class MyLM(LanguageModel):
    """A language model of one's own."""
'''

CONFIG = """
task: {"my_lm:MyLM": {window: 3}}
data: {dataset: fable}
model: {embedding: 4, layers: [gru: 4]}
train: {epochs: 1, max_steps: 2}
"""


def test_open_accepts_a_task_of_the_users_own(runs: Path) -> None:
    """What a run can do is asked of its predictor, not of the task's name."""
    Path("my_lm.py").write_text(MINE, encoding="utf-8")
    Path("mine.yaml").write_text(CONFIG, encoding="utf-8")
    import_file("my_lm.py")
    run = train("mine.yaml").run
    asked = Generator.open(None, {"max_new_tokens": 2})
    assert isinstance(asked._trained.task, LanguageModel)
    assert asked._trained.run.path == run.path
    assert asked.samples(SEED)[0].text.startswith(SEED)


# Characters of several tokens.


class Cycle:
    """Outputs of a model that always goes through these ids, whatever it reads."""

    def __init__(self, ids: Sequence[int], vocabulary: int):
        self._next, self._vocabulary = itertools.cycle(ids), vocabulary

    def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
        logits = np.zeros((len(inputs), self._vocabulary), np.float32)
        logits[:, next(self._next)] = 9
        return logits

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        raise AssertionError("a window carries no state")

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        raise AssertionError("a window carries no state")


def cycling(tokenizer: Tokenizer, ids: Sequence[int], **options: Any) -> Generator:
    """A generator whose model goes through these ids once."""
    task = window_model(window=1, tokenizer={"bpe": 300})
    codec = LanguageCodec(tokenizer)
    predictor = task.predictor(codec, Cycle(ids, len(tokenizer)))
    architecture = task.network(codec).architecture
    trained = Trained(RunFolder(Path("none")), task, architecture, predictor, "numpy")
    return generator(trained, max_new_tokens=len(ids), **options)


@pytest.fixture(scope="module")
def subwords() -> Tokenizer:
    return BPE(vocab_size=370).train(FABLE)


@given(st.lists(st.integers(1, 369), min_size=1, max_size=12))
def test_stream_pieces_join_to_the_text_for_any_tokens(subwords: Tokenizer, ids: list[int]) -> None:
    """Half characters included: bytes in any order are no UTF-8."""
    pieces = list(cycling(subwords, ids).stream("the mice looked"))
    (sample,) = cycling(subwords, ids).samples("the mice looked")
    assert "".join(pieces) == sample.text
    assert sample.text.startswith("the mice looked")
    assert sample.tokens == subwords.tokens(ids)


def test_stream_yields_a_character_of_several_tokens_as_one_piece(subwords: Tokenizer) -> None:
    ids = subwords.encode("é😀!").tolist()
    assert len(ids) == 2 + 4 + 1
    assert list(cycling(subwords, ids).stream("the mice")) == ["the mice", "é", "😀", "!"]


def test_stream_replaces_a_character_truncated_by_the_length(subwords: Tokenizer) -> None:
    ids = subwords.encode("a😀").tolist()[:-1]
    text = "".join(cycling(subwords, ids).stream("the mice"))
    assert text == "the micea\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("stop", ["😀", "b😀", "ca"])
def test_samples_stop_at_a_stop_text_of_several_tokens(subwords: Tokenizer, stop: str) -> None:
    whole = "xéab😀cab"
    ids = subwords.encode(whole).tolist()
    (sample,) = cycling(subwords, ids, stop=stop).samples("the mice")
    assert sample.continuation == whole[: whole.index(stop) + len(stop)]
    assert "".join(cycling(subwords, ids, stop=stop).stream("the mice")) == sample.text
