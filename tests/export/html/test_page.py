from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.export.html import page
from rnnkit.export.html import weights as packing
from rnnkit.export.target import Model
from rnnkit.generation.samplers import temperature, top_k, top_p
from rnnkit.models.activations import softmax
from rnnkit.tasks.capabilities import Forecasts, Generates
from rnnkit.tasks.seq2seq.predictor import Seq2SeqPredictor
from rnnkit.tasks.tagging.predictor import TaggingPredictor
from rnnkit.workflows.export import open_model
from rnnkit.workflows.train import train
from tests.export.html.conftest import Open
from tests.helpers.exported import KINDS, exported
from tests.helpers.forecasters import write_series
from tests.workflows.test_kills import HALVED

QUERIES = {
    "window": ["had a general council to consider what <pad> Measures"],
    "stream": ["had a general\ncouncil – naïve 日本"],
    "conditioned": ["", "ann"],
    "verdict": ["One two, three-five four!", "unseen ünseen İ", " "],
    "fixed": [
        "<b>one</b> two &amp;amp; 3.5 https://x.y six",
        "one two three four five six",
        "<3 &eacute;",
    ],
    "tagged": ["a b U.S. don't ... 👨‍👩‍👧 cafe\u0301", "d"],
    "steps": ["0.1 5 1 4 0.9 3"],
    "pairs": ["I am cold.", "Who is here?"],
    "forecast": [""],
}


def answer(model: Model, query: str) -> Any:
    """What the run's own predictor says, as `rnnkit.ask` gives it."""
    predictor = model.predictor
    if isinstance(predictor, Forecasts):
        return predictor.forecast(predictor.series(None)).values
    if isinstance(predictor, Seq2SeqPredictor):
        (targets,) = predictor.predict([query])
        assert targets is not None
        rows = predictor.answers(query, targets, 9)
        attention = predictor.attention(query).weights.tolist()
        return {
            "targets": [[row.target, row.log_probability] for row in rows],
            "attention": attention,
        }
    if isinstance(predictor, Generates):
        named = "it" if "Conditioned" in type(predictor).__name__ else None
        prompt = predictor.begin(query, predictor.condition(named), "unk")
        return softmax(prompt.stepper.init_state(prompt.token_ids)[0][0])
    (found,) = predictor.predict([predictor.parse(query) if query.strip() else query])
    if isinstance(predictor, TaggingPredictor):
        pairs = zip(*found, strict=True)
        return [{"tag": tag, "probability": share} for tag, share in pairs]
    return found


def assert_near(found: Any, expected: Any) -> None:
    """Numbers within 1e-4, of the largest where they are larger than 1; texts are the same."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert_near(found[key], value)
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict | list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_near(one, other)
    elif isinstance(expected, list) and expected and isinstance(expected[0], str):
        assert found[0] == expected[0]
        assert_near(found[1:], expected[1:])
    elif expected is None or isinstance(expected, str):
        assert found == expected
    else:
        size = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * size)


@pytest.mark.parametrize("kind", KINDS)
def test_page_answers_as_the_run_does(kind: str, opened: Open) -> None:
    model = exported(KINDS[kind]())
    tab = opened(page(model))
    condition = [0, 0, 1] if kind == "conditioned" else None  # de, en, it
    for query in QUERIES[kind]:
        found = tab.evaluate(
            "([query, condition]) => rnnkit.ask(query, condition)", [query, condition]
        )
        assert_near(found, answer(model, query))


@pytest.mark.soak
def test_page_of_a_training_in_bfloat16_answers_as_the_run_does(opened: Open) -> None:
    """What it holds are the float32 weights that the training kept."""
    model = open_model(str(train("fable_simple_rnn", HALVED).run))
    (query,) = QUERIES["window"]
    found = opened(page(model)).evaluate("query => rnnkit.ask(query)", query)
    assert_near(found, answer(model, query))


def test_page_runs_nothing_that_a_name_says(opened: Open) -> None:
    """Labels, words and the run's own name, which a page shows, are text in it and nothing else."""
    attack = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028]]><!--"
    model = exported(KINDS["fixed"](), name="&lt;b onmouseover=alert(3)" + attack.replace("/", "_"))
    codec = model.predictor.codec
    labels = dataclasses.replace(codec.labels, names=(attack, "${alert(4)}", "javascript:alert(5)"))
    model.predictor.codec = dataclasses.replace(codec, labels=labels)
    text = page(model)
    assert text.count("</script") == 3
    tab = opened(text)
    tab.fill("textarea", f"one {attack}")
    tab.wait_for_selector(".tokens li")
    assert attack in tab.inner_text("table.next")
    assert tab.evaluate("document.querySelectorAll('img, script').length") == 3
    assert tab.evaluate("document.title").startswith("&lt;b onmouseover")


def test_page_allows_no_network(tab: Any, tmp_path: Path) -> None:
    """The page's own policy refuses what a browser would otherwise fetch or run."""
    (tmp_path / "page.html").write_text(page(exported(KINDS["window"]())), encoding="utf-8")
    tab.goto((tmp_path / "page.html").as_uri())
    policy = tab.get_attribute("meta[http-equiv]", "content")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    refused = "fetch('data:,x').then(() => 'fetched', () => 'refused')"
    assert tab.evaluate(refused) == "refused"


def test_page_names_a_predictor_of_a_users_own() -> None:
    model = exported(KINDS["window"]())
    model.predictor.__class__ = type("Mine", (type(model.predictor),), {})
    with pytest.raises(RnnkitError, match=r"Mine.*playground"):
        page(model)


def test_page_refuses_a_model_that_is_too_large(
    monkeypatch: pytest.MonkeyPatch, said: list[str], opened: Open
) -> None:
    """float32 where it fits, else float16 with its size, else nothing."""
    model = exported(KINDS["steps"]())
    size = 4 * sum(array.size for array in model.weights.values())
    monkeypatch.setattr(packing, "LARGEST", size)
    text = page(model)
    assert any("float16" in line for line in said)
    tab = opened(text)
    found = tab.evaluate("rnnkit.model.network.weights['gru/forward/kernel'].data[0]")
    assert found == float(model.weights["gru/forward/kernel"].astype(np.float16).flat[0])
    monkeypatch.setattr(packing, "LARGEST", size // 4)
    with pytest.raises(RnnkitError, match=r"weights.*MB"):
        page(model)


def test_continuation_grows_step_by_step(opened: Open) -> None:
    """What is appended is read once, and gives what the whole text gives."""
    tab = opened(page(exported(KINDS["stream"]())))
    tab.fill("textarea", "had a general")
    tab.evaluate("rnnkit.view.typed()")
    tab.evaluate("rnnkit.view.append(40), rnnkit.view.append(65), rnnkit.view.append(70)")
    carried, anew = tab.evaluate(
        "() => { const { view, model } = rnnkit; const carried = [...view.continuer.next];"
        " view.continuer.forget(); view.continuer.read(view.ids);"
        " return [carried, [...view.continuer.next]]; }"
    )
    np.testing.assert_allclose(carried, anew, atol=1e-12)
    tab.click("text=Undo")
    assert tab.evaluate("rnnkit.view.added") == [40, 65]


def test_continuation_draws_from_the_most_probable(opened: Open) -> None:
    model = exported(KINDS["stream"]())
    tab = opened(page(model))
    shares = np.array(
        tab.evaluate(
            "() => { const { view } = rnnkit; [view.heat.value, view.most.value] = [0.9, 7];"
            " view.nucleus.value = 0.5; view.showNext(); return [...view.shares]; }"
        )
    )
    logits = np.array([tab.evaluate("[...rnnkit.view.continuer.next]")])
    logits[:, tab.evaluate("rnnkit.model.asked.banned")] = -np.inf
    history = np.zeros((1, 1), int)
    for sampler, degree in ((top_k, 7), (temperature, 0.9), (top_p, 0.5)):
        logits = sampler(logits, degree, history)
    np.testing.assert_allclose(shares, softmax(logits)[0], atol=1e-6)
    assert 0 < np.count_nonzero(shares) < 7


def test_forecast_follows_the_points(opened: Open) -> None:
    """A point is moved by the keyboard, and put back; the forecast is that of the moved series."""
    model = exported(KINDS["forecast"]())
    tab = opened(page(model))
    before = tab.evaluate("rnnkit.view.forecast")
    tab.focus("circle[role=slider] >> nth=-1")
    for _ in range(5):
        tab.keyboard.press("ArrowUp")
    assert tab.evaluate("rnnkit.view.forecast") != before
    tab.click("text=Put the points back")
    assert tab.evaluate("rnnkit.view.forecast") == before


def test_forecast_begins_where_what_is_known_ends(opened: Open, said: list[str]) -> None:
    """Where the plan of only one further step is known, the last two steps are forecast too."""
    task = KINDS["forecast"]()
    write_series(60, future=1)
    model = exported(task)
    tab = opened(page(model))
    assert any("the last 2 steps" in line and "plan" in line for line in said)
    assert isinstance(model.predictor, Forecasts)
    series = model.predictor.series(None)
    expected = model.predictor.forecast(dataclasses.replace(series, future=3))
    assert_near(tab.evaluate("rnnkit.ask()"), expected.values)
    first = tab.locator("table.next tbody th").first
    assert first.inner_text() == "01-03\u00a010:00"  # on a phone's width
    assert first.bounding_box()["height"] < 40  # a line
    assert tab.evaluate("rnnkit.view.time(rnnkit.view.end)") == "2020-01-03\u00a010:00:00"


def test_page_decodes_no_target_of_nothing(opened: Open) -> None:
    assert opened(page(exported(KINDS["pairs"]()))).evaluate("rnnkit.ask(' ')") is None


@pytest.mark.parametrize("kind", ["window", "verdict", "tagged", "pairs", "forecast"])
def test_page_fits_a_phone_and_has_names(kind: str, opened: Open) -> None:
    """Nothing is wider than 390 pixels, and whatever can be operated has a name."""
    tab = opened(page(exported(KINDS[kind]())))
    if query := QUERIES[kind][0]:
        tab.fill("textarea", query)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    unnamed = tab.evaluate(
        "[...document.querySelectorAll('button, select, textarea, input, canvas, [role=slider]')]"
        ".filter((one) => !(one.textContent.trim() || one.getAttribute('aria-label')"
        " || one.labels?.length)).map((one) => one.outerHTML)"
    )
    assert unnamed == []


def test_inside_shows_the_equation_of_a_chosen_cell(opened: Open) -> None:
    tab = opened(page(exported(KINDS["tagged"]())))
    tab.fill("textarea", "a b c")
    tab.wait_for_selector("#inside:not([hidden])")
    tab.focus("canvas")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowDown")
    assert tab.inner_text(".equation h3") == "Unit 2, step 2: b"
    said = tab.inner_text(".equation dl")
    shown = tab.evaluate("rnnkit.view.inside.layers[0].values[1].h[1].toFixed(3).replace('-', '−')")
    assert said.strip().endswith(shown)


def test_json_of_a_page_is_whole() -> None:
    text = page(exported(KINDS["window"]()))
    start = text.index('id="model">') + len('id="model">')
    about = json.loads(text[start : text.index("</script>", start)])
    assert about["playground"]["window"] == 3
