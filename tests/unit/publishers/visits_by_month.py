"""A clinic's visits by month, published edition by edition, and what a job reads of them afterwards."""

from __future__ import annotations

from pathlib import Path

from anonymization.ledger import EarlierRelease
from datasets.definition_files import load_definition
from publishers.ledger import Store, earlier_releases
from publishers.tabulate.plan import plan
from tests.e2e.test_ledger import METHODS
from tests.support.publication import Ministry
from tests.unit.anonymization.builders import cube

DEFINITION = """\
id: clinic-visits
kind: statistics
title: {vi: Lượt khám, en: Visits}
summary: {vi: Lượt khám., en: Visits.}
publisher:
  id: example-clinic
  name: {vi: Phòng khám ví dụ, en: Example clinic}
contact:
  name: {vi: Nhóm dữ liệu, en: Data desk}
  email: data@clinic.example
theme: examination-treatment
licence: CC-BY-4.0
frequency: monthly
coverage:
  area: {vi: Việt Nam, en: Viet Nam}
source:
  path: visits-{edition}.csv
  columns:
    day: {type: date}
    sex: {values: [F, M]}
    days: {type: integer, minimum: 0}
    cost: {type: number, minimum: 0}
dimensions:
  month:
    title: {vi: Tháng, en: Month}
    codelist: months
    column: day
    match: month
    levels: [month]
    role: time
  sex:
    title: {vi: Giới tính, en: Sex}
    codelist: sex
    role: sex
measures:
  visits:
    title: {vi: Lượt khám, en: Visits}
    unit: {vi: lượt, en: visits}
    type: count
  cost:
    title: {vi: Chi phí, en: Cost}
    unit: {vi: đồng, en: dong}
    type: sum
    column: cost
    decimals: 1
  mean_days:
    title: {vi: Số ngày trung bình, en: Mean days}
    unit: {vi: ngày, en: days}
    type: mean
    column: days
tables:
  by-month:
    title: {vi: Theo tháng và giới tính, en: By month and sex}
    dimensions: [month, sex]
  by-sex:
    title: {vi: Theo giới tính, en: By sex}
    dimensions: [sex]
disclosure:
  policy: vn_proposed
"""


UNREAD = cube([[20, 30], [40, 50]])
"""Present tables of a reader without marks, who does not look at them."""


def write(folder: Path, edition: str, months: list[int], *, text: str = DEFINITION) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    (folder / "methods.md").write_text(METHODS, encoding="utf-8")
    lines = ["day,sex,days,cost"]
    for month in months:
        for number in range(20 + month):
            sex = "M" if number < (3 if month == 3 else 12 + month) else "F"
            lines.append(f"2024-{month:02d}-{1 + number % 28:02d},{sex},{number % 4},{number}.25")
    (folder / f"visits-{edition}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def published(
    ministry: Ministry, folder: Path, edition: str, months: list[int], *, text: str = DEFINITION, same_as: str = ""
) -> None:
    ministry.publish(write(folder, edition, months, text=text), edition, folder, same_as=same_as)


def read(ministry: Ministry, folder: Path, edition: str) -> tuple[EarlierRelease, ...]:
    loaded = load_definition(folder)
    store = Store.at(ministry.root, ministry.root / "public-key.pem")
    planned = plan(loaded, edition)
    found = store.releases_of_the_same_people(planned)
    return earlier_releases(store, found, definition=loaded.definition, plan=planned, tables=UNREAD).releases
