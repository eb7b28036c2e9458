"""About the share asked for, of every label alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.raw.labelled import Label
from rnnkit.data.raw.stratify import stratified
from rnnkit.data.raw.units import Units

LABELS = st.sets(st.sampled_from("abcd"), max_size=3).map(sorted).map(tuple)
# Few different keys, so that many repeat, with one label or several.
KEYED = st.lists(st.tuples(st.integers(0, 30), LABELS), min_size=1, max_size=80)
SHARES = st.fixed_dictionaries(
    {}, optional={"validation": st.floats(0.01, 0.6), "test": st.floats(0.01, 0.39)}
)


def divided(
    labels: Sequence[Label], shares: dict[str, float], seed: int = 0
) -> dict[str, np.ndarray]:
    """Texts that all differ."""
    return stratified(Units.of(range(len(labels)), labels), shares, seed)


def counted(labels: Sequence[Label], rows: np.ndarray) -> Counter[str]:
    return Counter(name for row in rows for name in labels[row])


@given(KEYED, SHARES, st.integers(0, 2**32 - 1), st.booleans())
def test_stratified_keeps_every_row_once_and_units_whole(
    rows: list[tuple[int, Label]], shares: dict[str, float], seed: int, exact: bool
) -> None:
    keys, labels = [key for key, _ in rows], [label for _, label in rows]
    parts = stratified(Units.of(keys, labels), shares, seed, exact=exact)
    assert list(parts) == ["train", *shares]
    assert sorted(row for of_part in parts.values() for row in of_part.tolist()) == list(
        range(len(rows))
    )
    # in the order of the data
    assert all(of_part.tolist() == sorted(of_part.tolist()) for of_part in parts.values())
    groups = [{keys[row] for row in of_part} for of_part in parts.values()]
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert set(counted(labels, parts["train"])) == {name for label in labels for name in label}
    assert len(parts["train"])
    again = stratified(Units.of(keys, labels), shares, seed, exact=exact)
    assert all((again[part] == of_part).all() for part, of_part in parts.items())


@given(
    st.lists(st.sampled_from("aaaaaaaabbbc"), min_size=30, max_size=150),
    st.fixed_dictionaries({"validation": st.floats(0.02, 0.4), "test": st.floats(0.02, 0.2)}),
)
def test_stratified_meets_the_share_of_all_and_of_each_label(
    names: list[str], shares: dict[str, float]
) -> None:
    labels = [(name,) for name in names]
    parts, whole = divided(labels, shares), Counter(names)
    assert all(len(parts[part]) == round(share * len(names)) for part, share in shares.items())
    for part, share in shares.items():
        count = counted(labels, parts[part])
        # a rarer label may be given one row that it has no share of
        if all(share * of_label >= 1 for of_label in whole.values()):
            assert all(abs(count[name] - share * whole[name]) < 1 for name in whole)


@pytest.mark.parametrize(
    ("texts", "share", "held_out"), [(3, 0.1, 9), (3, 0.2, 18), (7, 0.1, 21), (7, 0.2, 42)]
)
def test_stratified_rounds_over_many_rare_labels(texts: int, share: float, held_out: int) -> None:
    labels = [(f"label {number % 30}",) for number in range(30 * texts)]
    rows = divided(labels, {"validation": share})["validation"]
    assert len(rows) == held_out
    count = counted(labels, rows)
    per_label = [count[f"label {number}"] for number in range(30)]
    assert max(per_label) - min(per_label) <= 1  # as evenly as it can be


def test_stratified_spreads_every_one_of_several_labels() -> None:
    # Two topics, and a hundred labels that three texts have: nearly all count for a rare one.
    generator = np.random.default_rng(0)
    labels = [
        tuple(sorted({f"topic {row % 2}", f"rare {row // 3}", f"tag {generator.integers(4)}"}))
        for row in range(300)
    ]
    parts = divided(labels, {"validation": 0.2, "test": 0.1})
    whole = counted(labels, np.arange(300))
    for part, share in (("validation", 0.2), ("test", 0.1)):
        assert len(parts[part]) == share * 300
        count = counted(labels, parts[part])
        assert all(abs(count[name] - share * whole[name]) <= 2 for name in whole)


def test_stratified_holds_out_one_of_two_texts_of_a_rare_label() -> None:
    labels: list[Label] = [("bad",)] * 60 + [("good",)] * 2 + [("once",)]
    for seed in range(5):
        parts = divided(labels, {"validation": 0.1, "test": 0.1}, seed)
        assert counted(labels, parts["validation"]) == {"bad": 5, "good": 1}
        assert set(counted(labels, parts["train"])) == {"bad", "good", "once"}


def test_stratified_rare_labels_take_no_more_than_half() -> None:
    labels: list[Label] = [("common",)] * 500 + [(f"rare {row // 2}",) for row in range(200)]
    rows = divided(labels, {"validation": 0.1})["validation"]
    assert len(rows) == 70
    assert counted(labels, rows)["common"] >= 25


def test_stratified_takes_groups_near_to_the_share_and_like_the_whole() -> None:
    generator = np.random.default_rng(0)
    sizes = generator.integers(1, 40, 60)
    groups = np.repeat(np.arange(60), sizes).tolist()
    leaning = generator.random(60)
    labels = [("ab"[int(generator.random() < leaning[group])],) for group in groups]
    parts = stratified(Units.of(groups, labels), {"validation": 0.1, "test": 0.2}, 0, exact=True)
    whole = counted(labels, np.arange(len(groups)))
    for part, share in (("validation", 0.1), ("test", 0.2)):
        assert abs(len(parts[part]) - share * len(groups)) <= 1
        count = counted(labels, parts[part])
        assert all(abs(count[name] / whole[name] - share) < 0.02 for name in "ab")


@pytest.mark.parametrize(
    ("sizes", "share", "held_out"),
    [
        ([60, 40], 0.1, 40),
        ([50, 30, 20], 0.3, 30),
        ([25, 25, 25, 25], 0.2, 25),
        ([90, 7, 3], 0.1, 10),
    ],
)
def test_stratified_takes_the_nearest_that_groups_allow(
    sizes: list[int], share: float, held_out: int
) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes).tolist()
    units = Units.of(groups, [()] * len(groups))
    assert len(stratified(units, {"validation": share}, 0, exact=True)["validation"]) == held_out


def test_stratified_shuffles_and_differs_between_seeds() -> None:
    labels: list[Label] = [("a",), ("b",)] * 100
    validations = {
        tuple(divided(labels, {"validation": 0.2}, seed)["validation"].tolist())
        for seed in range(5)
    }
    assert len(validations) == 5
    assert tuple(range(160, 200)) not in validations


def test_stratified_depends_only_on_the_seed() -> None:
    # A run that is opened elsewhere, or later, must find the same validation part.
    labels: list[Label] = [("a",)] * 6 + [("b",)] * 4
    parts = divided(labels, {"validation": 0.3, "test": 0.2}, 7)
    assert {part: rows.tolist() for part, rows in parts.items()} == {
        "train": [0, 1, 4, 7, 8],
        "validation": [2, 5, 6],
        "test": [3, 9],
    }


def test_stratified_leaves_a_draw_with_a_few_repeated_texts() -> None:
    # So published figures stay those of the texts that were held out.
    keys = [*range(2000), *range(10)]
    labels: list[Label] = [("ab"[key % 2],) for key in keys]
    once = divided(labels[:2000], {"validation": 0.1})["validation"].tolist()
    repeated = stratified(Units.of(keys, labels), {"validation": 0.1}, 0)["validation"].tolist()
    assert [row for row in repeated if row < 2000] == once


def test_stratified_test_part_is_independent_of_the_validation_share() -> None:
    """A recipe may be chosen with a validation part and learn from all the rest afterwards: what is
    scored at the end is the same, and unseen.
    """
    labels: list[Label] = [("a",), ("b",), ("b",)] * 40 + [("c",)] * 2
    tests = [
        divided(labels, {**({"validation": share} if share else {}), "test": 0.2}, 3)
        for share in (0.0, 0.1, 0.3)
    ]
    assert all(parts["test"].tolist() == tests[0]["test"].tolist() for parts in tests)
    assert not set(tests[2]["validation"]) & set(tests[0]["test"])
