import json
import re
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.workflows.compare.runs import compare_runs
from tests.cli.invoke import done, invoke
from tests.helpers.html import Parsed
from tests.helpers.untrained import untrained_run

CONFIG = """\
task: {{language_model: {{window: 3}}}}
data: {{dataset: {dataset}, split: {{validation: {validation}}}}}
model: {{embedding: 4, layers: [{cell}: 4]}}
train: {{random_seed: {seed}}}
"""


def made(name: str, weights: int = 1, **keys: object) -> str:
    """A run with random weights, by its name."""
    usual = {"dataset": "fable", "validation": 0.2, "cell": "gru", "seed": 0}
    untrained_run(name, CONFIG.format(**usual | keys), weights)
    return name


def test_compare_runs_of_two_configs() -> None:
    found = compare_runs([made("one"), made("two", 2, cell="lstm")])
    assert (found.part, found.metric, found.less_is_better) == ("validation", "accuracy", False)
    assert [one.name for one in found.contenders] == ["one", "two"]
    (pair,) = found.pairs
    assert pair.difference.low <= pair.difference.value <= pair.difference.high
    assert "One training each" in " ".join(found.sentences)
    assert found.contenders[0].parameters is not None


def test_compare_runs_puts_the_seeds_of_a_config_together() -> None:
    names = [made(f"one-{seed}", seed + 1, seed=seed) for seed in range(3)]
    twin = made("twin", 9, seed=1)  # of a seed that is there
    found = compare_runs([*names, twin, made("two", 7, cell="lstm")], metric="perplexity")
    assert [one.name for one in found.contenders] == ["one-0 (3 seeds)", "twin", "two"]
    assert found.contenders[0].seeds == (0, 1, 2)
    assert len(found.pairs) == 3
    assert found.pairs[0].p >= found.pairs[0].difference.p
    assert "Holm" in " ".join(found.sentences)
    assert found.less_is_better


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"validation": 0.3}, "data.split.validation: 0.2 -> 0.3"),
        (
            {"dataset": "{inline: {text: 'a b c d e f g h i j k l m n o p q r s t u v w x y z'}}"},
            "data.dataset",
        ),
    ],
)
def test_compare_runs_refuses_other_rows(keys: dict[str, object], message: str) -> None:
    names = made("one"), made("two", **keys)
    with pytest.raises(RnnkitError, match=re.escape(message)):
        compare_runs(names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one"], "two"),
        (["one", "one"], "named twice"),
        (["one", "nosuch"], "no such run"),
        (["one", "two", "--metric", "perplexty"], "Did you mean 'perplexity'"),
        (["one", "two", "--part", "test"], "no part 'test'"),
        (["one", "two", "-o", "x.pdf"], "--output.*.html"),
        (["one", "two", "--plot", "x.jpg"], "--plot.*.png"),
    ],
)
def test_compare_says_what_is_wrong(arguments: list[str], message: str) -> None:
    made("one"), made("two", 2)
    result = invoke("compare", *arguments)
    assert result.exit_code == 2
    assert re.search(message, result.stderr)


def test_compare_writes_page_table_and_data() -> None:
    made("one"), made("two", 2)
    for kind in ("html", "csv", "json"):
        done("compare", "one", "two", "-o", f"c.{kind}")
    parsed = Parsed(Path("c.html").read_text())
    assert parsed.attributes <= Parsed.KNOWN
    assert "one and two, compared" in parsed.text
    assert len(Path("c.csv").read_text().splitlines()) == 3
    told = json.loads(done("compare", "one", "two", "--json").stdout)
    assert told == json.loads(Path("c.json").read_text())
    assert told["pairs"][0]["first"] == "one"
    assert np.isfinite(told["pairs"][0]["p"])
    refused = invoke("compare", "one", "two", "-o", "c.csv")
    assert refused.exit_code == 2
    assert "--overwrite" in refused.stderr


def test_compare_draws_the_scores() -> None:
    made("one"), made("two", 2)
    done("compare", "one", "two", "--plot", "c.png")
    assert Path("c.png").read_bytes().startswith(b"\x89PNG")
