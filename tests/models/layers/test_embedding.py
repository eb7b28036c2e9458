"""Vectors that start from a file: its forms, its mistakes, and what becomes of them in a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from rnnkit import backend
from rnnkit.architecture import Interface, resolve
from rnnkit.cells.gru import GRU
from rnnkit.config import dump_config, parse_config
from rnnkit.errors import RnnkitError
from rnnkit.models.build import build_model, get_weights, set_weights
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding, vector_size
from rnnkit.registry import lookup

VOCABULARY = ["<pad>", "<unk>", "cat", "the", "mouse", "dog", "1"]
GLOVE = "the 0.5 -1 2e-1\n, 0.1 0.1 0.1\ncat 1 2 3\nmouse -4 5 .25\n"
FORMS = {
    "glove": GLOVE,
    "word2vec": "4 3\n" + GLOVE.replace("\n", " \n"),  # word2vec itself ends each line with a space
    "words with spaces": GLOVE + ". . . 9 9 9\nat name@domain.com 9 9 9\nthe cat 9 9 9\n",
    "other ends of lines, empty lines": GLOVE.replace("\n", "\r\n") + "\r\n\r\n",
    "a word twice": GLOVE + "cat 9 9 9\n",
    "a word that is a number": GLOVE + "1984 9 9 9\n",
    "mistakes in words that are not wanted": GLOVE + "frog 1 2\ntoad x y z\nnewt nan 1 2\n",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.txt"
    path.write_text(GLOVE)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_read_vectors_known_words_get_exactly_their_vectors(file: Path, form: str) -> None:
    file.write_bytes(FORMS[form].encode())
    spec = Embedding.model_validate({"path": str(file)})
    assert (spec.dim, vector_size(str(file), Embedding.place)) == (3, 3)
    table, known = spec.read_vectors(VOCABULARY, random_seed=1)
    assert (table.shape, known) == ((7, 3), 3)
    assert table.dtype == np.float32
    np.testing.assert_array_equal(
        table[2:5], np.array([[1, 2, 3], [0.5, -1, 0.2], [-4, 5, 0.25]], np.float32)
    )


def test_read_vectors_other_words_are_random_with_the_same_spread(file: Path) -> None:
    spec = Embedding.model_validate({"path": str(file)})
    vocabulary = [*VOCABULARY, *(f"word{number}" for number in range(2000))]
    table, _ = spec.read_vectors(vocabulary, random_seed=1)
    others = np.delete(table, [2, 3, 4], axis=0)
    assert others.std() == pytest.approx(table[2:5].std(), rel=0.05)
    assert len(np.unique(others, axis=0)) == len(others)
    np.testing.assert_array_equal(spec.read_vectors(vocabulary, random_seed=1)[0], table)
    assert (spec.read_vectors(vocabulary, random_seed=2)[0] != table).any(axis=1).sum() == len(
        others
    )


def test_read_vectors_where_no_word_is_known(file: Path) -> None:
    table, known = Embedding.model_validate({"path": str(file)}).read_vectors(
        ["<pad>", "<unk>", "Katze"], random_seed=1
    )
    assert known == 0
    assert 0 < np.abs(table).max() < 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dog 1 2", "vectors.txt:5: 2 numbers.*3"),
        ("dog 1 2 3 4", "vectors.txt:5: 4 numbers.*3"),
        ("dog", "vectors.txt:5: 0 numbers.*3"),
        ("dog 1 two 3", "vectors.txt:5: .*'two'"),
        ("dog 1 nan 3", "vectors.txt:5: .*not finite"),
        ("dog 1 -inf 3", "vectors.txt:5: .*not finite"),
        ("dog 1 1e60 3", "vectors.txt:5: .*not finite"),
        ("dog\t1\t2\t3", None),
    ],
)
def test_read_vectors_refuses_a_line_that_is_not_a_vector(
    file: Path, line: str, words: str | None
) -> None:
    file.write_text(f"{GLOVE}{line}\n")
    spec = Embedding.model_validate({"path": str(file)})
    if words is None:
        # tabs are part of a word that nobody wants
        assert spec.read_vectors(VOCABULARY, random_seed=1)[1] == 3
        return
    with pytest.raises(RnnkitError, match=words) as caught:
        spec.read_vectors(VOCABULARY, random_seed=1)
    assert caught.value.exit_code == 2


CONFIG = """
task: {{language_model: 3}}
data: {{dataset: fable}}
model: {{embedding: {embedding}, layers: [gru: 2]}}
"""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, r"vectors.txt.*No such file"),
        (b"", "no vectors"),
        (b"\n \n", "no vectors"),
        (b"400000 100\n", "no vectors"),
        ("café 1 2 3\n".encode("latin-1"), "UTF-8"),
        (b"cat\nmouse\n", "no vectors"),
        (b"cat\t1\t2\n", "no vectors.*spaces"),
    ],
    ids=["missing", "empty", "white space", "counts alone", "latin-1", "words alone", "tabs"],
)
def test_embedding_refuses_a_file_without_vectors(
    file: Path, content: bytes | None, words: str
) -> None:
    """With the place in the config, before anything starts."""
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(RnnkitError, match=words) as caught:
        parse_config(CONFIG.format(embedding=f"{{path: {file}}}"))
    assert "model.embedding" in str(caught.value)
    assert caught.value.exit_code == 2


def test_embedding_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match="Is a directory"):
        parse_config(CONFIG.format(embedding=f"{{path: {tmp_path}}}"))


@pytest.mark.parametrize("dim", [1, 2, 4])
def test_read_vectors_refuses_another_dim_than_the_files(file: Path, dim: int) -> None:
    """With too small a dim, the first numbers would be taken for a part of the word, and no word
    would be known.
    """
    spec = Embedding.model_validate({"path": str(file), "dim": dim})
    with pytest.raises(
        RnnkitError,
        match=rf"model.embedding.dim: {dim}.* 3",
    ):
        spec.read_vectors(VOCABULARY, random_seed=1)


def test_embedding_resolved_config_needs_no_vector_file(file: Path) -> None:
    """The resolved config names the size; only a new training reads the file."""
    resolved = dump_config(
        parse_config(CONFIG.format(embedding=f"{{path: {file}, trainable: false}}"))
    )
    file.unlink()
    spec: Any = parse_config(resolved).model.embedding
    assert (spec.dim, spec.path, spec.trainable) == (3, str(file), False)
    with pytest.raises(RnnkitError, match="cannot be read"):
        spec.read_vectors(VOCABULARY, random_seed=1)


def test_embedding_frozen_needs_a_file_or_texts(file: Path) -> None:
    with pytest.raises(RnnkitError, match=r"model\.embedding\.trainable.*random"):
        parse_config(CONFIG.format(embedding="{dim: 3, trainable: false}"))
    with pytest.raises(ValidationError):
        Embedding(dim=3, trainable=False)
    assert not Embedding(dim=3, path=str(file), trainable=False).trainable
    assert not Embedding(dim=3, from_texts=True, trainable=False).trainable


def test_embedding_takes_one_initialisation(file: Path) -> None:
    with pytest.raises(RnnkitError, match=r"model\.embedding\.from_texts.*path"):
        parse_config(CONFIG.format(embedding=f"{{path: {file}, from_texts: true}}"))


def test_embedding_needs_a_dim_or_a_path() -> None:
    with pytest.raises(RnnkitError, match=r"dim.*missing"):
        parse_config(CONFIG.format(embedding="{trainable: true}"))


@pytest.mark.backend
@pytest.mark.parametrize("trainable", [False, True], ids=["frozen", "learning"])
def test_embedding_frozen_vectors_are_not_trained(file: Path, trainable: bool) -> None:
    """By a step with clipping, which measures every gradient."""
    from keras import ops

    def objective(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
        return {
            "loss": ops.sum((outputs[:, 0] - targets) ** 2 * weights),
            "weight": ops.sum(weights),
        }

    spec = Embedding.model_validate({"path": str(file), "trainable": trainable})
    body = [GRU(units=2)]
    found = resolve(
        "model",
        spec,
        body,
        {"logits": Dense(units=1)},
        Interface(timesteps=None, features=7, sequence_output=False, padded=True),
    )
    model = build_model(found)
    table, _ = spec.read_vectors(VOCABULARY, random_seed=1)
    set_weights(model, found, get_weights(model, found) | {"embedding/embeddings": table})
    before = get_weights(model, found)
    step = backend.train_step(model, lookup("optimizer", "adam")().build(0.1, 1.0, None), objective)
    step(np.array([[2, 3, 4, 0]], np.int32), np.ones(1, np.float32), np.ones(1, np.float32), 0.1)
    step.sync()
    after = get_weights(model, found)
    moved = {name for name in before if (before[name] != after[name]).any()}
    assert moved == set(before) - ({"embedding/embeddings"} if not trainable else set())
    assert model.count_params() == sum(layer.parameters or 0 for layer in found.layers)
