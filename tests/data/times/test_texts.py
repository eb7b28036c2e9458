"""Times as tables write them, their zones, and the cure where they are written otherwise."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnkit.data.times.clock import shown_times
from rnnkit.data.times.texts import TimeColumns, parse_time, read_times
from rnnkit.errors import RnnkitError


def read(
    *texts: Any, written: str | None = None, zone: str | None = None
) -> tuple[pd.DatetimeIndex, list[str]]:
    rows = list(range(2, 2 + len(texts)))
    return read_times(TimeColumns(("t",), written, zone), [list(texts)], rows, "s.csv")


def shown(*texts: Any, **options: Any) -> list[str]:
    return shown_times(read(*texts, **options)[0])


@pytest.mark.parametrize(
    ("text", "written", "time"),
    [
        ("2014-02-07 14:55:00", None, "2014-02-07 14:55:00"),
        ("2014-02-07T14:55", None, "2014-02-07 14:55:00"),
        ("2014-02-07 14:55:00.000000", None, "2014-02-07 14:55:00"),
        ("2014-02-07 14:55:00.25", None, "2014-02-07 14:55:00.250"),
        ("2014-02-07 14:55:00.000001", None, "2014-02-07 14:55:00.000001"),
        ("1949-01", None, "1949-01-01"),
        ("19490131", None, "1949-01-31"),
        ("2023-W02", None, "2023-01-09"),
        ("1960Q2", None, "1960-04-01"),
        ("1960-Q4", None, "1960-10-01"),
        ("Q1 1960", None, "1960-01-01"),
        ("2020-01-06 7", None, "2020-01-06 07:00:00"),
        ("2020-01-06 24", None, "2020-01-07"),
        ("2020-01-06 24:00", None, "2020-01-07"),
        ("2020-01-06 7:05", None, "2020-01-06 07:05:00"),
        ("3Q1960", None, "1960-07-01"),
        ("Q2/1960", None, "1960-04-01"),
        ("Q1 '21", None, "2021-01-01"),
        ("1960H2", None, "1960-07-01"),
        ("1960M02", None, "1960-02-01"),
        ("2023-W2", None, "2023-01-09"),
        ("2016-06-17 01:00:00 GMT", None, "2016-06-17T01:00:00+00:00"),
        ("2016-06-17T01:00:00z", None, "2016-06-17T01:00:00+00:00"),
        ("2016-06-17T01:00:00+02:00[Europe/Paris]", None, "2016-06-17T01:00:00+02:00"),
        ("2016-06-17 00:00:00+02:00", None, "2016-06-17T00:00:00+02:00"),
        ("2016-06-17T00:00Z", None, "2016-06-17T00:00:00+00:00"),
        ("2016-06-17 00:00:00.5-0330", None, "2016-06-17T00:00:00.500-03:30"),
        ("01.02.2009 00:10:00", "%d.%m.%Y %H:%M:%S", "2009-02-01 00:10:00"),
        ("3/14/2009", "%m/%d/%Y", "2009-03-14"),
        ("3/14/2009 10:00 +0100", "%m/%d/%Y %H:%M %z", "2009-03-14T10:00:00+01:00"),
        ("1672531200", "unix", "2023-01-01T00:00:00+00:00"),
        (1672531200.5, "unix", "2023-01-01T00:00:00.500+00:00"),
        ("-86400", "unix", "1969-12-31T00:00:00+00:00"),
        ("1672531200123", "unix_ms", "2023-01-01T00:00:00.123+00:00"),
        ("1672531200123456789", "unix_ns", "2023-01-01T00:00:00.123456+00:00"),
        ("44927", "excel", "2023-01-01"),
        ("44927.0416666667", "excel", "2023-01-01 01:00:00"),
        ("44927,0416666667", "excel", "2023-01-01 01:00:00"),
    ],
)
def test_read_times_of_each_notation(text: Any, written: str | None, time: str) -> None:
    assert shown(text, written=written) == [time]


@pytest.mark.parametrize(
    ("texts", "written", "cure"),
    [
        (["1672531200", "1672534800"], None, "unix"),
        (["1672531200000", "1672534800000"], None, "unix_ms"),
        (["44927", "44928"], None, "excel"),
        (["1871", "1872"], None, "'%Y'"),
        (["187101", "187102"], None, "'%Y%m'"),
        (["31.01.2020", "01.02.2020"], None, r"'%d.%m.%Y'"),
        (["1/31/2020 1:00 AM", "2/1/2020 1:00 PM"], None, "'%m/%d/%Y %I:%M %p'"),
        (["2020010610", "2020010611"], None, "'%Y%m%d%H'"),
        (
            ["06/Jan/2020:10:00:00 +0100", "06/Jan/2020:11:00:00 +0100"],
            None,
            "'%d/%b/%Y:%H:%M:%S %z'",
        ),
        (["Jan 6, 2020", "Jan 7, 2020"], None, "'%b %d, %Y'"),
        (["2020-Jan", "2020-Feb"], None, "'%Y-%b'"),
        (["01/02/2020", "02/02/2020"], None, "'%d/%m/%Y'"),  # or '%m/%d/%Y', which it names too
        (["06.01.20", "07.01.20"], "%d.%m.%Y", "'%d.%m.%y'"),
        (["23/12/20", "23/12/21"], None, "'%y/%m/%d'"),  # as '%d/%m/%y' one day, years apart
        (["231220", "231221"], None, "'%y%m%d'"),
        (["09:30 20.01.2024", "10:30 20.01.2024"], None, "'%H:%M %d.%m.%Y'"),
        (["1/31/2020 1:00 +0100", "2/1/2020 2:00 +0100"], None, "'%m/%d/%Y %H:%M %z'"),
        (["2020-01-31 1:00 EST", "2020-02-01 2:00 EST"], None, "'%Y-%m-%d %H:%M EST'"),
        (["1980.0", "1981.0"], None, "'%Y.0'"),
        (["999999999", "1000003600"], None, "unix"),
        (["1672531200000", "1672534800000"], "unix", "unix_ms"),  # the year 54970
    ],
)
def test_read_times_names_a_format_that_reads_them(
    texts: list[str], written: str | None, cure: str
) -> None:
    with pytest.raises(RnnkitError, match=r"s\.csv: row 2: t is") as error:
        read(*texts, written=written)
    formats = re.findall(r"`time_format: ([^`]+)`", error.value.hint)
    assert formats[0] == cure
    for form in formats:
        assert len(read(*texts, written=form.strip("'"))[0]) == 2


@pytest.mark.parametrize(
    ("texts", "written", "row", "hint"),
    [
        (["0", "1", "2"], None, 2, "`time: null`"),
        (["1000", "1001", "1002"], None, 2, "`time: null`"),
        (["2020-01-01", "2020-01-02", ""], None, 4, "Correct"),
        (["2020-01-01", "2009-13-01", "2020-01-03"], None, 3, "Correct"),
        (["soon", "later"], None, 2, "strptime"),
        (["now"], None, 2, "strptime"),
        (["2009-01-01"], "%d.%m.%Y", 2, "Remove `time_format`"),
        (["2020-01-01 00:00Z", "2020-01-02 00:00Z", "2020-01-03"], None, 4, "Correct"),
        (["2020-01-01", "2020-01-02", "03.01.2020", "14.01.2020"], None, 4, "2 cells.*%d.%m.%Y"),
        (["09:30", "09:45", "10:00"], None, 2, "`time: null`"),
        (["2020-11", "2020-12", "2020-13", "2020-14"], None, 4, "weeks.*2020-W13"),
        (["2020-01-01", "yes", "no"], None, 3, "2 cells"),
        (["2020-01-01", "-01-09", "2020-01-03"], None, 3, "Correct"),
        (["0001-01-01T00:00+05:00"], None, 2, ""),
        (["9999-12-31T20:00-08:00"], None, 2, ""),
    ],
)
def test_read_times_names_the_row_and_what_to_do(
    texts: list[str], written: str | None, row: int, hint: str
) -> None:
    with pytest.raises(RnnkitError, match=rf"s\.csv: row {row}: t is.*{hint}"):
        read(*texts, written=written)


def test_read_times_names_steps_finer_than_a_microsecond() -> None:
    with pytest.raises(RnnkitError, match=r"row 3 .*microsecond.*`time: null`"):
        read("2020-01-01 10:00:00.0000005", "2020-01-01 10:00:00.0000007")
    with pytest.raises(RnnkitError, match=r"row 3 .*microsecond"):
        read("1577872800000000100", "1577872800000000200", written="unix_ns")
    typed = np.array(["2020-01-01", "2020-01-01"], "datetime64[ns]") + np.array([0, 9])
    with pytest.raises(RnnkitError, match=r"row 3 .*microsecond"):
        read_times(TimeColumns(("t",)), [typed], [2, 3], "s.csv")
    apart = ["2020-01-01 10:00:00.1234567", "2020-01-01 11:00:00.1234567"]
    assert len(read(*apart, *apart[1:])[0]) == 3  # equal ones are repeated, or of two series


def test_read_times_says_where_counts_seem_to_be_of_another_unit() -> None:
    assert "`time_format: unix`" in read("1672531200", "1672534800", written="unix_ms")[1][0]
    assert read("0", "3600", written="unix_ms")[1] == []


def test_read_times_of_numbers_in_columns() -> None:
    columns = TimeColumns(("Year", "Month", "Day", "Hour"))
    cells = [["2010", "2010"], ["1", 1.0], ["2", "3"], ["23", "0"]]
    times, _ = read_times(columns, cells, [2, 3], "s.csv")
    assert shown_times(times) == ["2010-01-02 23:00:00", "2010-01-03 00:00:00"]
    times, _ = read_times(TimeColumns(("year", "month")), [["2010"], ["2"]], [2], "s.csv")
    assert shown_times(times) == ["2010-02-01"]
    with pytest.raises(RnnkitError, match="week"):
        read_times(TimeColumns(("year", "month", "week")), [["2010"], ["2"], ["1"]], [2], "s.csv")
    with pytest.raises(RnnkitError, match=r"row 2: year month is '2010 13'.*Correct"):
        read_times(TimeColumns(("year", "month")), [["2010"], ["13"]], [2], "s.csv")


def test_read_times_finds_the_zone_of_changing_offsets() -> None:
    texts = ["2023-03-25T00:00:00+01:00", "2023-03-26T00:00:00+01:00", "2023-03-27T00:00:00+02:00"]
    times, notes = read(*texts)
    assert shown_times(times) == texts
    assert str(times.tz) == "Europe/Berlin"
    assert "offset" in notes[0]
    texts = ["2023-10-01T00:00:00-03:00", "2024-03-30T00:00:00-03:00", "2024-04-07T00:00:00-04:00"]
    assert shown_times(read(*texts)[0]) == texts  # of Chile or Paraguay


def test_read_times_of_offsets_of_no_zone_keeps_the_last() -> None:
    times, notes = read(
        "2023-03-25T00:00+01:00", "2023-03-25T00:10-07:00", "2023-03-25T02:00+05:30"
    )
    assert shown_times(times)[2] == "2023-03-25T02:00:00+05:30"
    assert "several offsets" in notes[0]


def test_read_times_in_a_named_zone() -> None:
    hours = ["2023-10-29 01:00", "2023-10-29 02:00", "2023-10-29 02:00", "2023-10-29 03:00"]
    assert [text[-14:] for text in shown(*hours, zone="Europe/Berlin")] == [
        "01:00:00+02:00",
        "02:00:00+02:00",
        "02:00:00+01:00",
        "03:00:00+01:00",
    ]
    assert shown("2023-07-01T00:00Z", zone="Europe/Berlin") == ["2023-07-01T02:00:00+02:00"]
    assert shown("1672531200", written="unix", zone="+01:00") == ["2023-01-01T01:00:00+01:00"]
    with pytest.raises(RnnkitError, match=r"row 3.*Europe/Berlin skips.*`time_zone: UTC`"):
        read("2023-03-26 01:00", "2023-03-26 02:30", zone="Europe/Berlin")
    with pytest.raises(RnnkitError, match="Mars"):
        read("2023-03-26", zone="Mars/Base")


def test_parse_time_reads_iso_alone() -> None:
    assert str(parse_time("2014-02-07 14:55:00.000000")) == "2014-02-07 14:55:00"
    for text in ("", "14", "soon", "1.2.2009", "now", "-01-09"):
        with pytest.raises(ValueError, match="not a time"):
            parse_time(text)
