"""A small sound definition as text, which tests break in one place at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.definition_files import load_definition
from datasets.errors import DefinitionInvalid

Change = tuple[str, str]
"""A text that stands once in a definition, and what to write instead."""

STATISTICS = """\
id: visits
kind: statistics
title: {vi: Lượt khám, en: Visits}
summary: {vi: Một bảng nhỏ., en: A small table.}
publisher:
  id: health-department
  name: {vi: Sở Y tế, en: Health department}
contact:
  name: {vi: Phòng số liệu, en: Data desk}
  email: data@example.org
theme: examination-treatment
licence: CC-BY-4.0
frequency: monthly
coverage:
  area: {vi: Việt Nam, en: Viet Nam}
source:
  path: visits-{edition}.csv
  columns:
    person: {}
    district: {}
    age: {type: integer}
    seen_on: {type: date}
    outcome: {values: [home, died]}
    cost: {type: number}
person: person
dimensions:
  district:
    title: {vi: Huyện, en: District}
    codelist: districts
    map: {Old town: north}
    unknown: unknown
    levels: [district]
    role: geography
  age_group:
    title: {vi: Nhóm tuổi, en: Age group}
    codelist: age-bands
    column: age
    match: range
    role: age
  month:
    title: {vi: Tháng, en: Month}
    codelist: months
    column: seen_on
    match: month
    role: time
measures:
  visits:
    title: {vi: Lượt khám, en: Visits}
    unit: {vi: lượt, en: visits}
    type: count
  deaths:
    title: {vi: Tử vong, en: Deaths}
    unit: {vi: người, en: people}
    type: count
    where: {outcome: [died]}
  cost:
    title: {vi: Chi phí, en: Cost}
    unit: {vi: đồng, en: dong}
    type: sum
    column: cost
  rate:
    title: {vi: Tỷ lệ, en: Rate}
    unit: {vi: trên 100.000 dân, en: "per 100,000"}
    type: rate
    numerator: visits
    denominator: people
  people:
    title: {vi: Dân số, en: Population}
    unit: {vi: người, en: people}
    type: population
    path: population.csv
    dimensions: [district, age_group]
    source: {vi: Thống kê, en: Statistics}
tables:
  by-district:
    title: {vi: Theo huyện, en: By district}
    dimensions: [district, age_group]
disclosure:
  policy: vn_proposed
  threshold: 10
"""
"""Line 1 is ``id``; the tests name the lines of what they break."""

REGISTER = """\
id: stations
kind: register
title: {vi: Trạm y tế, en: Stations}
summary: {vi: Một danh sách., en: A register.}
publisher:
  id: health-department
  name: {vi: Sở Y tế, en: Health department}
contact:
  name: {vi: Phòng số liệu, en: Data desk}
  email: data@example.org
theme: registers
licence: CC-BY-4.0
frequency: yearly
coverage:
  area: {vi: Việt Nam, en: Viet Nam}
source:
  path: stations.csv
  columns:
    code:
      title: {vi: Mã, en: Code}
    district:
      title: {vi: Huyện, en: District}
      codelist: districts
key: [code]
fields: [code, district]
"""

METHODS = "# Phương pháp\n\nĐếm.\n\n# Methods\n\nCounting.\n"
DISTRICTS = """\
code,label_vi,label_en,level,parent
all,Tỉnh,Province,province,
north,Bắc,North,district,all
south,Nam,South,district,all
unknown,Không rõ,Not known,district,all
"""
INDEX = """\
codelists:
  districts:
    title: {vi: Huyện, en: Districts}
    source: {vi: Soạn để thử., en: Made for a test.}
"""


def write_definition(folder: Path, text: str = STATISTICS, *, methods: str = METHODS) -> Path:
    """Write a definition with its methods and its code list into ``folder``, which is made, and return it."""
    (folder / "codelists").mkdir(parents=True)
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    (folder / "methods.md").write_text(methods, encoding="utf-8")
    (folder / "codelists" / "index.yaml").write_text(INDEX, encoding="utf-8")
    (folder / "codelists" / "districts.csv").write_text(DISTRICTS, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    """Return the problems of the definition in ``folder``, with places relative to it; each says what to do."""
    with pytest.raises(DefinitionInvalid) as caught:
        load_definition(folder)
    assert all(problem.place and problem.rule and problem.remedy for problem in caught.value.problems), caught.value
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def broken(folder: Path, *changes: Change, text: str = STATISTICS) -> list[str]:
    """Return the problems of a definition after ``changes``."""
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} must stand once in the text"
        text = text.replace(old, new)
    return problems(write_definition(folder / "visits", text))
