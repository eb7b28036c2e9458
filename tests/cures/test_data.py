"""Hints about the files of a data set work."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import pytest

from tests.cures.cures import said_of
from tests.cures.mistakes import (
    DAYS,
    PASSENGERS,
    PREPARE,
    REVIEWS,
    Case,
    base,
    lines,
    require_cured,
    series,
    table,
)

Files = Mapping[str, str | bytes]
CSV = "csv: {path: a.csv, text: text, label: label}"
VALIDATED = "csv: {path: a.csv, text: text, label: label, validation_path: b.csv}"
JSONL = "jsonl: {path: a.jsonl, text: text, label: label}"
GRU = "{embedding: none, layers: [gru: 3]}"
SENTENCES = "a\tX\nb\tY\n\nc\tX\nd\tY\n"
FOLDERS = base("classification", "{dataset: {folder: f}, split: {validation: 0.3, group: folder}}")


def tagger(dataset: str, more: str = "") -> str:
    return base("tagging", f"{{dataset: {{{dataset}}}, split: 0{more}}}")


def split(how: str) -> str:
    return base("classification", f"{{dataset: {{{CSV}}}, split: {{validation: 0.2, {how}}}}}")


def arrays(**named: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(value) for name, value in named.items()})  # type: ignore[arg-type]
    return file.getvalue()


def objects(*records: object) -> str:
    return lines(*map(json.dumps, records))


TEXTS = [{"text": f"film {n}", "label": "good" if n % 2 else "bad"} for n in range(12)]
IMAGES = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
STEPS = np.arange(24.0).reshape(4, 3, 2)
TOKENS = lines("Sentence #,Word,Tag", "1,a,X", ",b,Y", "2,c,X", ",d,Y")
OTHER_TOKENS = TOKENS.replace("Sentence #,Word,Tag", "number,form,pos")
TREEBANK = "".join(
    f"{n}\t{word}\t_\t_\t{tag}\t_\t_\t_\t_\t_\n"
    for n, (word, tag) in enumerate([("a", "X"), ("b", "Y")], 1)
)
LARGE = [10**9 + n % 5 for n in range(30)]
RETURNS = "{dataset: {numbers: [1, 2, 3, 0, 5, 6, 7, 8, 9]}, transform: return, split: 0}"
WHOLE = "{dataset: {numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9]}, split: {validation: 0.3, by: series}}"

FROM_TEXT: dict[str, tuple[str, Files]] = {
    "chinese": (
        table(CSV),
        {"a.csv": REVIEWS.replace("film", "\u7535\u5f71").encode("gb18030")},
    ),
    "title above": (table(CSV), {"a.csv": "Reviews of 2024\n" + REVIEWS}),
    "blank lines above": (table(CSV), {"a.csv": "\n\n" + REVIEWS}),
    "open quote": (table(CSV), {"a.csv": REVIEWS.replace("film 3", '"film 3')}),
    "quotes": (
        table(CSV.replace("}", ", quotes: false}")),
        {"a.csv": REVIEWS.replace("film 3", '"film, 3"')},
    ),
    "labels in a list": (
        table("jsonl: {path: a.jsonl, text: text, label: label}"),
        {"a.jsonl": objects(*(row | {"label": [row["label"]]} for row in TEXTS))},
    ),
    "few texts": (
        base("classification", f"{{dataset: {{{CSV}}}, split: {{validation: 0.2}}}}"),
        {"a.csv": lines("text,label", *("same,good", "same,bad") * 5)},
    ),
    "days of a split": (
        split("time: day"),
        {
            "a.csv": lines(
                "text,label,day", *(f"film {n},{n % 2},{20 + n % 8}/01/2024" for n in range(12))
            )
        },
    ),
    "skipped hour": (
        series("path: a.csv, time: day, target: sold, time_zone: Europe/Berlin"),
        {"a.csv": lines("day,sold", *(f"2024-03-31T{hour:02d}:00,{hour}" for hour in range(24)))},
    ),
    "text without spaces": (
        base(data="{dataset: {text: a.txt}}"),
        {"a.txt": "\u4eca\u5929\u5f88\u597d" * 40},
    ),
    "steps of nanoseconds": (
        series("path: a.csv, time: day, target: sold"),
        {"a.csv": lines("day,sold", *(f"2024-01-01 00:00:00.{n:09},{n}" for n in range(30)))},
    ),
    "series of other steps": (
        series("path: a.csv, time: day, target: sold, series: shop"),
        {
            "a.csv": lines(
                "shop,day,sold",
                *(f"A,{day},{n}" for n, day in enumerate(DAYS)),
                *(f"B,{day},1" for day in DAYS[::7]),
            )
        },
    ),
    "rows of one day": (
        series("path: a.csv, time: day, target: sold"),
        {"a.csv": lines("day,sold", *(f"{DAYS[0]},{n}" for n in range(9)))},
    ),
    "images and their steps": (
        base("tagging", "{dataset: {mnist: m.npz}, split: 0}", GRU),
        {"m.npz": arrays(x_train=IMAGES, y_train=[0, 1, 0], x_test=IMAGES, y_test=[1, 0, 1])},
    ),
    "steps of short series held out": (
        base(
            "{forecasting: {timesteps: 9}}",
            "{dataset: {adding: {count: 20, length: 9}}, split: {validation: 0.2}}",
            GRU,
        ),
        {},
    ),
    "series held out whole": (
        base("{forecasting: {timesteps: 2}}", WHOLE, GRU),
        {},
    ),
    "return of 0": (base("{forecasting: {timesteps: 2}}", RETURNS, GRU), {}),
    "iso times": (
        series("path: a.csv, time: day, target: sold, time_format: '%d/%m/%Y'"),
        {"a.csv": PASSENGERS},
    ),
    "mostly empty": (
        series("path: a.csv, time: day, target: sold"),
        {
            "a.csv": lines(
                "day,sold", *(f"{d},{n if n % 3 == 0 else ''}" for n, d in enumerate(DAYS))
            )
        },
    ),
    "categories of some days": (
        series("path: a.csv, time: day, target: sold, categorical: [feast]"),
        {
            "a.csv": lines(
                "day,sold,feast", *(f"{d},{n},{'a' * (n % 9 == 0)}" for n, d in enumerate(DAYS))
            )
        },
    ),
    "labels of steps": (
        base("classification", "{dataset: {arrays: a.npz}, split: 0}", GRU),
        {"a.npz": arrays(x=STEPS, y=np.arange(12).reshape(4, 3) % 2)},
    ),
    "labels of sequences": (
        base("tagging", "{dataset: {arrays: a.npz}, split: 0}", GRU),
        {"a.npz": arrays(x=STEPS, y=[0, 1, 0, 1])},
    ),
    "table of tokens": (tagger("conll: {path: a.csv}"), {"a.csv": TOKENS}),
    "lines of tokens": (tagger("conll: {path: a.txt}"), {"a.txt": "a|X b|Y\nc|X d|Y\n"}),
    "comment of a word": (tagger("conll: {path: a.tsv}"), {"a.tsv": "#comment\n" + SENTENCES}),
    "comment of two words": (tagger("conll: {path: a.tsv}"), {"a.tsv": "#a\tX\tY\n" + SENTENCES}),
    "separator of tokens": (
        tagger("tagged_csv: {path: a.csv}"),
        {"a.csv": TOKENS.replace(",", ";")},
    ),
    "column of a split": (
        base(
            "tagging",
            "{dataset: {tagged_csv: {path: a.csv}}, split: {validation: 0.5, group: docc}}",
        ),
        {"a.csv": lines("Sentence #,doc,Word,Tag", *(f"{n},{n},a,X\n,,b,Y" for n in range(6)))},
    ),
    "column of a file of documents": (
        tagger("conll: {path: a.tsv}").replace("split: 0", "split: {validation: 0.3, group: doc}"),
        {"a.tsv": "".join(f"-DOCSTART-\tO\n\n{SENTENCES}\n" for _ in range(4))},
    ),
    "file without documents": (
        tagger("conll: a.tsv").replace("split: 0", "split: {validation: 0.5, group: document}"),
        {"a.tsv": SENTENCES},
    ),
    "file of one document": (
        tagger("conll: a.tsv").replace("split: 0", "split: {validation: 0.5, group: document}"),
        {"a.tsv": f"-DOCSTART-\tO\n\n{SENTENCES}\n{SENTENCES.replace('a', 'e')}"},
    ),
    "folders within labels": (
        FOLDERS,
        {f"f/{label}/{n}/a.txt": f"film {n}" for label in "ab" for n in range(6)},
    ),
    "no folders within labels": (
        FOLDERS,
        {f"f/{label}/{name}.txt": f"film {name}" for label in "ab" for name in "abcdefghijkl"},
    ),
    "tags that are numbers": (
        tagger("tagged_jsonl: {path: a.jsonl}"),
        {"a.jsonl": objects({"tokens": ["a", "b"], "tags": [0, 2]})},
    ),
    "tags that are no spans": (
        tagger("conll: {path: a.tsv}", ", tags: iob2"),
        {"a.tsv": SENTENCES},
    ),
}
REMARKS: dict[str, tuple[str, Files]] = {
    "tags of another notation": (
        tagger("conll: {path: a.tsv}"),
        {"a.tsv": "Anna\tPER-B\nKern\tPER-I\nruns\tO\n"},
    ),
    "comments": (tagger("conll: {path: a.tsv}"), {"a.tsv": "# a\n" + SENTENCES}),
    "labels joined by another sign": (
        table("csv: {path: a.csv, text: text, label: tags, multi_label: true}"),
        {"a.csv": lines("text,tags", *(f'film {n},"{["a,b", "a"][n % 2]}"' for n in range(8)))},
    ),
    "three columns": (
        tagger("tagged_lines: {path: a.txt}"),
        {"a.txt": "a|N|X b|N|Y\nc|N|X d|N|Y\n"},
    ),
    "partial step": (
        series("path: a.csv, time: day, target: sold, resample: 3D"),
        {"a.csv": PASSENGERS},
    ),
    "seconds or milliseconds": (
        series("path: a.csv, time: day, target: sold, time_format: unix_ms"),
        {"a.csv": lines("day,sold", *(f"{1672531200 + 3600 * n},{n}" for n in range(30)))},
    ),
    "without spaces": (
        base("classification", f"{{dataset: {{{CSV}}}, split: 0}}"),
        {
            "a.csv": lines(
                "text,label", *(f"{'好坏'[n % 2]}电影{chr(0x4E00 + n)},{n % 2}" for n in range(12))
            )
        },
    ),
    "large numbers": (
        base(
            "{forecasting: {timesteps: 2}}",
            f"{{dataset: {{numbers: {LARGE}}}, scale: none, split: 0}}",
            GRU,
        ),
        {},
    ),
}
BY_HAND: dict[str, tuple[tuple[str, Files], tuple[tuple[str, Files], ...]]] = {
    "json lines": (
        (table(CSV), {"a.csv": objects(*TEXTS)}),
        (
            (
                table("jsonl: {path: a.jsonl, text: text, label: label}"),
                {"a.jsonl": objects(*TEXTS)},
            ),
        ),
    ),
    "greek of another machine": (
        (
            table(CSV),
            {"a.csv": REVIEWS.replace("film", "\u03a4\u0391\u0399\u039d").encode("mac_greek")},
        ),
        ((table(CSV.replace("}", ", encoding: mac_greek}")), {}),),
    ),
    "words": (
        (
            series("path: a.csv, time: day, target: sold, features: [sky]"),
            {
                "a.csv": lines(
                    "day,sold,sky",
                    *(f"{d},{n},{'red' if n % 2 else 'grey'}" for n, d in enumerate(DAYS)),
                )
            },
        ),
        ((series("path: a.csv, time: day, target: sold, categorical: [sky]"), {}),),
    ),
    "letters of a format": (
        (
            series("path: a.csv, time: day, target: sold"),
            {"a.csv": lines("day,sold", *(f"day {n} in the year 2024,{n}" for n in range(1, 30)))},
        ),
        (
            (
                series(
                    "path: a.csv, time: day, target: sold, time_format: 'day %j in the year %Y'"
                ),
                {},
            ),
        ),
    ),
    "arrays without x": (
        (base("tagging", "{dataset: {arrays: a.npz}, split: 0}", GRU), {"a.npz": arrays(y=[0, 1])}),
        (
            (
                base("tagging", "{dataset: {arrays: a.npz}, split: 0}", GRU),
                {"a.npz": arrays(x=STEPS, y=np.arange(12).reshape(4, 3) % 2)},
            ),
        ),
    ),
    "key in some rows": (
        (
            table("jsonl: {path: a.jsonl, text: text, label: label}"),
            {"a.jsonl": objects(*TEXTS, {"text": "film"})},
        ),
        (
            (
                table("jsonl: {path: a.jsonl, text: text, label: label}"),
                {"a.jsonl": objects(*TEXTS, {"text": "film", "label": None})},
            ),
        ),
    ),
    "column of a tag": (
        (tagger("conll: {path: a.tsv, tag: 4}"), {"a.tsv": SENTENCES}),
        ((tagger("conll: {path: a.tsv, tag: -1}"), {}),),
    ),
    "word in small letters": (
        (tagger("tagged_csv: {path: a.csv}"), {"a.csv": TOKENS.replace("Word", "word")}),
        ((tagger("tagged_csv: {path: a.csv, word: word}"), {}),),
    ),
    "array in capitals": (
        (
            base("classification", "{dataset: {arrays: a.npz}, split: 0}", GRU),
            {"a.npz": arrays(X=STEPS, y=[0, 1, 0, 1])},
        ),
        (
            (
                base("classification", "{dataset: {arrays: a.npz}, split: 0}", GRU),
                {"a.npz": arrays(x=STEPS, y=[0, 1, 0, 1])},
            ),
        ),
    ),
    "array of groups": (
        (
            base(
                "classification",
                "{dataset: {arrays: a.npz}, split: {validation: 0.5, group: site}}",
                GRU,
            ),
            {"a.npz": arrays(x=STEPS, y=[0, 1, 0, 1], sites=[0, 0, 1, 1])},
        ),
        (
            (
                base(
                    "classification",
                    "{dataset: {arrays: a.npz}, split: {validation: 0.5, group: sites}}",
                    GRU,
                ),
                {},
            ),
        ),
    ),
    "long sentence": (
        (tagger("conll: {path: a.tsv}", ", max_length: 1"), {"a.tsv": SENTENCES}),
        ((tagger("conll: {path: a.tsv}", ", max_length: 2"), {}),),
    ),
    "days in words": (
        (
            split("time: day"),
            {
                "a.csv": lines(
                    "text,label,day",
                    *(f"film {n},{n % 2},day {n + 1} in the year 2024" for n in range(12)),
                )
            },
        ),
        ((split("time: day, time_format: 'day %j in the year %Y'"), {}),),
    ),
    "columns of tokens": (
        (tagger("tagged_csv: {path: a.csv}"), {"a.csv": OTHER_TOKENS}),
        ((tagger("tagged_csv: {path: a.csv, word: form, tag: pos, sentence: number}"), {}),),
    ),
    "mark of tags": (
        (tagger("tagged_lines: {path: a.txt}"), {"a.txt": "a_X b_Y\nc_X d_Y\n"}),
        ((tagger("tagged_lines: {path: a.txt, separator: _}"), {}),),
    ),
    "lists of tokens": (
        (
            tagger("tagged_jsonl: {path: a.jsonl}"),
            {"a.jsonl": objects({"words": ["a", "b"], "pos": ["X", "Y"]})},
        ),
        ((tagger("tagged_jsonl: {path: a.jsonl, tokens: words, tags: pos}"), {}),),
    ),
    "numbers of tags": (
        (
            tagger("tagged_jsonl: {path: a.jsonl, tag_names: [O, N]}"),
            {"a.jsonl": objects({"tokens": ["a", "b"], "tags": [0, 2]})},
        ),
        ((tagger("tagged_jsonl: {path: a.jsonl, tag_names: [O, N, V]}"), {}),),
    ),
    "treebank of another kind": (
        (tagger("conllu: {path: a.tsv}"), {"a.tsv": SENTENCES}),
        ((tagger("conll: {path: a.tsv}"), {}),),
    ),
    "treebank with one column": (
        (
            tagger("conllu: {path: a.conllu}"),
            {"a.conllu": TREEBANK.replace("\t_\t_\tX", "\t_\t_\tX") + "\n"},
        ),
        ((tagger("conllu: {path: a.conllu, column: xpos}"), {}),),
    ),
    "label that is not listed": (
        (
            base("classification", f"{{dataset: {{{CSV}}}, split: 0, labels: [good, fair]}}"),
            {"a.csv": REVIEWS},
        ),
        (
            (
                base(
                    "classification", f"{{dataset: {{{CSV}}}, split: 0, labels: [good, fair, bad]}}"
                ),
                {},
            ),
        ),
    ),
    "label of validation": (
        (
            table(VALIDATED),
            {"a.csv": REVIEWS, "b.csv": "text,label\nfilm,fair\n"},
        ),
        (
            (
                base(
                    "classification",
                    f"{{dataset: {{{VALIDATED}}}, labels: [good, fair, bad]}}",
                ),
                {},
            ),
        ),
    ),
    "tag that is not listed": (
        (tagger("conll: {path: a.tsv}", ", labels: [X, Z]"), {"a.tsv": SENTENCES}),
        ((tagger("conll: {path: a.tsv}", ", labels: [X, Y, Z]"), {}),),
    ),
    "tag of validation": (
        (
            tagger("conll: {path: a.tsv, validation_path: b.tsv}"),
            {"a.tsv": SENTENCES, "b.tsv": "a\tZ\n"},
        ),
        ((tagger("conll: {path: a.tsv, validation_path: b.tsv}", ", labels: [X, Y, Z]"), {}),),
    ),
    "tunes": (
        (
            base(
                "{language_model: {condition: label}}",
                "{dataset: {abc_tunes_by_key: {path: a.abc, min_tunes: 1}}}",
            ),
            {"a.abc": "A B C\n"},
        ),
        (
            (
                base(
                    "{language_model: {condition: label}}",
                    "{dataset: {abc_tunes_by_key: {path: a.abc, min_tunes: 1}}}",
                ),
                {
                    "a.abc": "".join(
                        f"X:{n}\nK:{'DG'[n % 2]} Major\n|:ABc d{'e' * n}f:|\n\n"
                        for n in range(1, 30)
                    )
                },
            ),
        ),
    ),
    "no texts in a folder": (
        (
            base(data="{dataset: {text: {path: ., pattern: '*.txt'}}, split: 0}"),
            {"a.md": "one two three four " * 9},
        ),
        (
            (base(data="{dataset: {text: {path: ., pattern: '*.md'}}, split: 0}"), {}),
            (base(data="{dataset: {text: a.md}, split: 0}"), {}),
        ),
    ),
    "sequences beyond memory": (
        (tagger("copying: {count: 10000000, length: 100000}"), {}),
        (
            (tagger("copying: {count: 20, length: 900}"), {}),
            (tagger("copying: {count: 1000, length: 9}"), {}),
        ),
    ),
}
MIXED = SENTENCES.replace("X", "B-X")
COLUMNAR = {
    "parquet": Case(table(CSV), {"a.csv": b"PAR1" + bytes(9) + b"\xff"}, PREPARE),
    "arrow": Case(table(CSV), {"a.csv": b"ARROW1" + bytes(9) + b"\xff"}, PREPARE),
}
"""Files whose hints name the right reader."""

COMMANDS = {
    "sentences": (
        Case(tagger("conll: {path: a.tsv}"), {"a.tsv": "a\tX\nb\tY\n.\tX\n" * 20}, PREPARE),
        tagger("conll: sentences.conll"),
    ),
    **{
        f"sentences {name}": (
            Case(tagger(f"conll: {{path: a.tsv, {columns}}}"), {"a.tsv": content}, PREPARE),
            tagger(f"conll: {{path: sentences.conll, {columns}}}"),
        )
        for name, columns, content in (
            ("with questions", "word: 0", "a b\tX\nb\tY\n?\tX\n" * 20),
            ("without ends", "word: 0", "a X\nb Y\n" * 16),
            ("with one end", "word: 0", "a X\nb Y\n" * 20 + ". X\n"),
            ("with words last", "word: -1, tag: 0", "X a\nY b\nX .\n" * 20),
        )
    },
    "array": (
        Case(table(JSONL), {"a.jsonl": json.dumps(TEXTS, indent=1)}, PREPARE),
        table(JSONL.replace("a.jsonl", "lines.jsonl")),
    ),
    "object": (
        Case(table(JSONL), {"a.jsonl": json.dumps(TEXTS[0], indent=1)}, PREPARE),
        table(JSONL.replace("a.jsonl", "lines.jsonl")),
    ),
}
"""Files that a command of the shell mends, and the config of what it writes."""

CASES = {
    **{f"file: {name}": case for name, case in COLUMNAR.items()},
    **{f"command: {name}": case for name, (case, _) in COMMANDS.items()},
}
CURED = {
    **{
        f"data: {name}": Case(config, files, PREPARE) for name, (config, files) in FROM_TEXT.items()
    },
    **{
        f"remark: {name}": Case(config, files, PREPARE, remark=True)
        for name, (config, files) in REMARKS.items()
    },
    **{
        f"file by hand: {name}": Case(
            config, files, PREPARE, mended=tuple(Case(*after, PREPARE) for after in mended)
        )
        for name, ((config, files), mended) in BY_HAND.items()
    },
}


CURED["remark of mixed tags"] = Case(
    tagger("conll: {path: a.tsv}"),
    {"a.tsv": SENTENCES.replace("X", "B-X")},
    PREPARE,
    mended=(
        Case(
            tagger("conll: {path: a.tsv}", ", tags: iob2"),
            {"a.tsv": SENTENCES.replace("X", "B-X").replace("Y", "O")},
            PREPARE,
        ),
    ),
    remark=True,
)
CASES |= CURED


@pytest.mark.parametrize("name", CURED)
def test_hints_about_data_cure_the_mistake(name: str) -> None:
    require_cured(CURED[name])


@pytest.mark.parametrize("kind", COLUMNAR)
def test_hints_name_the_reader_of_a_columnar_file(kind: str) -> None:
    pytest.importorskip("pyarrow")
    import pandas as pd

    assert f"end its name in .{kind}, and read it as `{kind}`" in said_of(COLUMNAR[kind].begin())
    rows = pd.DataFrame(TEXTS)
    (rows.to_parquet if kind == "parquet" else rows.to_feather)(f"a.{kind}")
    after = table(CSV.replace("csv", kind))
    assert not said_of(Case(after, call=PREPARE).begin())


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_mend_the_file(name: str) -> None:
    case, after = COMMANDS[name]
    command = said_of(case.begin()).split("`")[1].replace("python ", f"{sys.executable} ", 1)
    subprocess.run(command, shell=True, check=True)
    said = said_of(Case(after, call=PREPARE).begin())
    assert "a line" not in said and "one sentence" not in said
