"""How much labels count: the rules, a mapping, and every mapping that is refused."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic_core import PydanticCustomError

from rnnkit.config import dump_config, parse_config
from rnnkit.config.document import plain
from rnnkit.data.encode.labels import Labels
from rnnkit.errors import RnnkitError
from rnnkit.tasks.class_weights import class_weights, parse_class_weight
from rnnkit.tasks.classification.task import Classification
from rnnkit.tasks.prepared import Source
from tests.helpers.classified import RARE, small, table

LABELS = Labels(("1", "True", "bad"), (2, 1, 1), 4)


def weighed(text: str, *replacements: tuple[str, str]) -> Classification:
    """A config of bad and good texts with these weights."""
    task = f"task: {{classification: {{class_weight: {text}}}}}"
    return small(("task: classification", task), *replacements)


def test_class_weights_are_those_that_the_config_names() -> None:
    """Whichever way a label is written there; one that is not named counts 1."""
    given = weighed("{1.0: 4, true: 2}").task.class_weight
    np.testing.assert_array_equal(class_weights(given, LABELS), [4, 2, 1])
    several = Labels(LABELS.names, LABELS.counts, 4, several=True, thresholds=(0.5,) * 3)
    # A text without the label counts 1, whatever the weight of those that have it.
    np.testing.assert_array_equal(class_weights(given, several), [[1, 1, 1], [4, 2, 1]])


def test_prepare_says_the_weights_of_the_labels() -> None:
    assert any("bad 5, good 1" in note for note in weighed("{bad: 5}").prepare(Source()).notes)
    balanced = table(
        RARE, ("task: classification", "task: {classification: {class_weight: balanced}}")
    )
    assert any("bad 5, good 0.556" in note for note in balanced.prepare(Source()).notes)
    assert not any("weights" in note for note in small().prepare(Source()).notes)


def test_prepare_reads_the_sample_whatever_the_weights_name() -> None:
    weighed("{spam: 5}").prepare(Source(sample=True))


def test_dump_config_of_class_weights_reads_back() -> None:
    task = weighed("{1: 4, bad: 0.5}")
    assert parse_config(dump_config(task)) == task


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{bad: 0}", "above 0"),
        ("{bad: -1}", "above 0"),
        ("{bad: .nan}", "above 0"),
        ("{bad: true}", "above 0"),
        ("{bad: much}", "above 0"),
        ("{}", "balanced"),
        ("[1, 2]", "balanced"),
        ("balancd", "'balanced'"),
        ("{1: 2, 1.0: 3}", "twice"),
    ],
)
def test_parse_class_weight_refuses_what_is_no_weight(text: str, words: str) -> None:
    with pytest.raises(RnnkitError, match=rf"task\.classification\.class_weight.*{words}"):
        weighed(text)


def test_unknown_label_is_refused_with_the_nearest() -> None:
    with pytest.raises(RnnkitError, match=r"class_weight: .*'god'.*'good'"):
        weighed("{god: 2}").prepare(Source())
    with pytest.raises(RnnkitError, match=r"class_weight: .*'god'.*'good'"):
        weighed("{god: 2}", ("split: 0", "split: 0, labels: [good, bad]"))


def test_parse_class_weight_of_a_mapping_of_python() -> None:
    """Its keys may be numbers, as scikit-learn and keras take them."""
    mapping = plain({1: 4, np.int64(0): 3, 2.0: 1})
    assert parse_class_weight(mapping) == {"1": 4, "0": 3, "2": 1}


@pytest.mark.parametrize("weight", [1e300, 1e-300])
def test_parse_class_weight_refuses_what_float32_does_not_hold(weight: float) -> None:
    with pytest.raises(PydanticCustomError, match="float32"):
        parse_class_weight({"good": weight})
