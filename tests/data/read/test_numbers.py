"""Numbers as people write them, and what stands for a missing one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from rnnkit.data.datasets.kinds.table import NumberKeys
from rnnkit.data.read.number_format import NumberFormat, is_read
from rnnkit.data.read.number_hints import number_hint
from rnnkit.data.read.numbers import listed_numbers, numbers_of, read_numbers, word
from rnnkit.errors import RnnkitError
from tests.data.tables import cures


def parsed(cells: list[Any], **keys: Any) -> list[float]:
    rows = range(2, 2 + len(cells))
    numbers = NumberKeys.model_validate(keys).numbers
    return read_numbers(cells, "y", rows, "in.csv", numbers).tolist()


@pytest.mark.parametrize(
    ("cells", "keys", "values"),
    [
        (["20,28", "23,49"], {"decimal": ","}, [20.28, 23.49]),
        (["1.020,50", "950,00"], {"decimal": ",", "thousands": "."}, [1020.5, 950]),
        (["20,280", "1,220,450", "950"], {"thousands": ","}, [20280, 1220450, 950]),
        (["1\u202f020,5", "2 000,0"], {"decimal": ",", "thousands": " "}, [1020.5, 2000]),
        (["1'020.50", "3"], {"thousands": "'"}, [1020.5, 3]),
        (["1,02,030", "12,34,567.5"], {"thousands": ","}, [102030, 1234567.5]),
        (["$20.28", "-$3.50"], {"units": ["$"]}, [20.28, -3.5]),
        (["1.020,5 €", "3 €"], {"decimal": ",", "thousands": ".", "units": ["€"]}, [1020.5, 3]),
        (["20.28%", "3.5%"], {"units": ["%"]}, [20.28, 3.5]),
        (["20.28", "?", "-"], {"missing": ["?", "-"]}, [20.28, math.nan, math.nan]),
        (["20.28", "#DIV/0!"], {"missing": ["#DIV/0!"]}, [20.28, math.nan]),
        (["1", "2", "3", "n.a.", "--", "x", ":"], {"missing": ["n.a.", "--", "x", ":"]},
         [1, 2, 3, *[math.nan] * 4]),
        (["20,28", "?", "#N/A"], {"decimal": ",", "missing": ["?"]}, [20.28, math.nan, math.nan]),
    ],
)  # fmt: skip
def test_read_numbers_as_the_hint_says(
    cells: list[Any], keys: dict[str, Any], values: list[float]
) -> None:
    with pytest.raises(RnnkitError, match=r"in\.csv: row \d+: y is") as caught:
        parsed(cells)
    assert cures(str(caught.value)) == keys
    np.testing.assert_array_equal(parsed(cells, **keys), values)


@pytest.mark.parametrize(
    "used",
    [
        NumberFormat(",", "."),
        NumberFormat(",", " ", ("?", "-999")),
        NumberFormat(".", ",", (), ("$", "kWh", "e")),
        NumberFormat(".", "", ("-1",), ("%",)),
    ],
)
def test_read_numbers_of_many_cells_are_those_of_each(used: NumberFormat) -> None:
    cells = ["1.234,5", "-7", "1\u202f020,5", "2 000", "", "?", "-999", "1,234.5", "1,5", "5.25"]
    cells += ["-1", "$5", "-$1,000", "3 kWh", "3kWh", "7 %", "7%", "1e5", "-1E-3", "NA", ".5", "5."]
    cells += ["nan", "1.2.3", "12,34,5", "1\n2", " 8 ", "(4)", "\u22125", "inf", "3e", "e5", "$ 4"]
    read = [cell for cell in cells if is_read(cell, used)]
    as_python = [cell for cell in read if is_read(cell, used) and used.as_python_writes([cell])]
    assert len(as_python) > 8
    for some in (as_python, read):
        values = numbers_of(some, used)
        np.testing.assert_array_equal(values, [used.parse(cell) for cell in some])
    for cell in set(cells) - set(read):
        assert used.as_python_writes([cell]) is None
        assert numbers_of([*read, cell], used) is None


def test_read_numbers_of_accounts_are_negative_after_their_number() -> None:
    assert parsed(["(1.5)", "2-", "3"]) == [-1.5, -2, 3]
    assert parsed(["($1,234.50)", "$7"], units=["$"], thousands=",") == [-1234.5, 7]


@pytest.mark.parametrize(
    "cells", [["1.2M", "980K"], ["1.2K", "980"], ["$5", "€4"], ["12 kWh", "1 MWh"]]
)
def test_read_numbers_drops_no_unit_that_changes_the_number(cells: list[str]) -> None:
    with pytest.raises(RnnkitError, match=r"row 2.*one unit"):
        parsed(cells)


@pytest.mark.parametrize("cells", [["00:30:00", "01:30:00"], ["20 1/2", "7 1/4"]])
def test_read_numbers_takes_no_times_or_fractions_for_categories(cells: list[str]) -> None:
    with pytest.raises(RnnkitError, match=r"row 2.*one number"):
        parsed(cells)


def test_read_numbers_takes_marks_of_excel_and_others_as_missing() -> None:
    cells = ["", "#N/A", "NA", "n/a", "None", "null", "NaN", "<NA>", None, math.nan]
    assert np.isnan(parsed(cells)).all()
    assert parsed(["-999", -999, "1"], missing=[-999])[2] == 1
    assert parsed(["NA", "1"], missing=["NA", "nan"])[1] == 1
    assert np.isnan(parsed(["-999", -999.0], missing="-999")).all()
    assert parsed(["\u22125", 7, " 8 "]) == [-5, 7, 8]


@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        (["20.28"], {"decimal": ","}),  # no number of thousands is written so
        (["20.28"], {"decimal": ",", "thousands": "."}),
        (["1,02,03"], {"thousands": ","}),
        (["1,2"], {"thousands": ","}),
    ],
)
def test_read_numbers_refuses_other_groups(cells: list[Any], keys: dict[str, Any]) -> None:
    with pytest.raises(RnnkitError, match="row 2"):
        parsed(cells, **keys)


def test_read_numbers_names_a_wrong_cell_or_a_column_of_words() -> None:
    with pytest.raises(RnnkitError, match=r"row 22: y is '2O'.*Correct"):
        parsed(["1"] * 20 + ["2O"])
    with pytest.raises(RnnkitError, match="categorical"):
        parsed(["low", "high", "low", "3"])


def test_read_numbers_knows_a_header_in_between_and_a_number_that_is_too_large() -> None:
    with pytest.raises(RnnkitError, match="The header stands there again: remove the row"):
        parsed(["1", "2", "y", "3"])
    with pytest.raises(RnnkitError, match=r"-1e308\. Expected a finite number of at most 1e\+38"):
        parsed(["1", "-1e308"])


def test_word_is_missing_in_an_empty_cell_only() -> None:
    assert [word(cell) for cell in ("None", "NA", "n/a", "null")] == ["None", "NA", "n/a", "null"]
    assert [word(cell) for cell in ("", " ", None, math.nan)] == [""] * 4


def test_listed_numbers_are_between_spaces_or_marks() -> None:
    assert listed_numbers("1, 2 3", NumberFormat()) == ["1", "2", "3"]
    assert listed_numbers("1,5; 2,5", NumberFormat(decimal=",")) == ["1,5", "2,5"]
    assert listed_numbers("1,5", NumberFormat(decimal=",")) == ["1,5"]


def test_number_hint_names_no_key_where_none_differs() -> None:
    assert number_hint(["-2"], NumberFormat()) == ""
