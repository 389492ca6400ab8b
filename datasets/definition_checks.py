"""What a definition and its code lists must agree on: levels, codes, ranges, periods and file names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from datasets.break_checks import check_breaks
from datasets.codelist import Codelist
from datasets.codelist_hints import code_remedy
from datasets.definition import Definition, Dimension
from datasets.definition_problems import Findings, choices
from datasets.notice_checks import check_notices
from datasets.periods import TIME_LEVELS, period_of
from datasets.rule_checks import check_rules
from datasets.web_address import web_address

MAX_MARGINS = 2_048
"""Of all tables of a definition; no table that people read has more than a hundred."""
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_HOST = rf"(?:{_LABEL}\.)+(?:[^\W\d_]{{2,63}}|xn--{_LABEL})"
_MAIL = re.compile(rf"(?=[^@]{{1,64}}@){_WORD}(?:\.{_WORD})*@{_HOST}")
_TIME_MATCH = {"year": "years", "quarter": "quarters", "month": "months"}


@dataclass(frozen=True)
class DimensionCheck:
    """The checks of one dimension against its code list; None for a list of periods, which is made later."""

    name: str
    dimension: Dimension
    codelist: Codelist | None
    findings: Findings

    def run(self) -> None:
        levels = self.codelist.levels if self.codelist else TIME_LEVELS[self.dimension.codelist]
        for level in self.dimension.levels:
            if level not in levels:
                self._add(("levels",), f"{level} is not a level of {self._list}", choices(level, levels))
        if self.codelist is not None:
            self._codes(self.codelist)
        wanted = _TIME_MATCH.get(self.dimension.match)
        if wanted and self.dimension.codelist != wanted:
            self._add(
                ("match",), f"match {self.dimension.match} needs the code list {wanted}", f"write codelist: {wanted}"
            )
        if self.dimension.match == "range":
            self._ranges()

    @property
    def _list(self) -> str:
        return f"the code list {self.dimension.codelist}"

    def _codes(self, codelist: Codelist) -> None:
        codes = codelist.by_code
        for text, code in self.dimension.map.items():
            if code not in codes:
                self._add(("map", text), f"{code} is not a code of {self._list}", code_remedy(code, codelist))
        if self.dimension.unknown and self.dimension.unknown not in codes:
            unknown = self.dimension.unknown
            self._add(("unknown",), f"{unknown} is not a code of {self._list}", code_remedy(unknown, codelist))

    def _ranges(self) -> None:
        if self.codelist is None or not any(member.range_from for member in self.codelist.members):
            remedy = "fill the columns range_from and range_to, or use match: code"
            self._add(("match",), f"match range needs ranges, which {self._list} lacks", remedy)

    def _add(self, keys: tuple[str, ...], rule: str, remedy: str) -> None:
        self.findings.add(("dimensions", self.name, *keys), rule, remedy)


def check_definition(definition: Definition, codelists: Mapping[str, Codelist], findings: Findings) -> None:
    """Add to ``findings`` what the frozen models cannot see; lists that do not exist were reported before."""
    for name, dimension in definition.dimensions.items():
        codelist = codelists.get(dimension.codelist)
        if codelist is not None or dimension.codelist in TIME_LEVELS:
            DimensionCheck(name, dimension, codelist, findings).run()
            _check_column_type(definition, name, codelist, findings)
    _check_margins(definition, findings)
    _check_paths(definition, findings)
    _check_periods(definition, findings)
    _check_publisher(definition, findings)
    _check_contact(definition, findings)
    check_notices(definition, findings)
    check_breaks(definition, codelists, findings)
    check_rules(definition, codelists, findings)
    if definition.source is not None:
        for column, values in definition.source.where.items():
            allowed = definition.source.columns[column].values
            for value in values if allowed else ():
                if value not in allowed:
                    findings.add(
                        ("source", "where", column), f"{value} is no value of {column}", choices(value, allowed)
                    )


def _check_margins(definition: Definition, findings: Findings) -> None:
    """Each dimension with a total doubles the margins of a table, and every margin is compared with every other."""
    margins = 0
    for name, table in definition.tables.items():
        known = [definition.dimensions[key] for key in table.dimensions if key in definition.dimensions]
        margins += len(table.margins) if table.margins != "all" else 2 ** sum(dimension.total for dimension in known)
        if margins > MAX_MARGINS:
            rule = f"publishes more than {MAX_MARGINS:,} margins, with the tables above"
            remedy = "list the margins that are needed under `margins`, set `total: false`, or cross fewer dimensions"
            findings.add(("tables", name), rule, remedy)
            return


def _check_column_type(definition: Definition, name: str, codelist: Codelist | None, findings: Findings) -> None:
    """A date is needed to find its month, a number to find its range, a text to find a range of ICD-10 codes."""
    dimension = definition.dimensions[name]
    assert definition.source is not None
    column = dimension.column or name
    given = definition.source.columns[column].type
    if dimension.match == "range" and codelist is not None:
        starts = [member.range_from for member in codelist.members if member.range_from]
        numeric = all(re.fullmatch(r"-?[0-9.]+", start) for start in starts)
        fits, needed = (given in ("integer", "number")) is numeric, "integer" if numeric else "string"
    elif dimension.match in _TIME_MATCH:
        fits, needed = given == "date", "date"
    else:
        return
    if not fits:
        rule = f"match {dimension.match} of the dimension {name} needs a column of type {needed}"
        findings.add(("source", "columns", column), rule, f"it is declared {given}: correct one of the two")


def stays_inside(path: str) -> bool:
    """Tell whether a relative path leads to something inside the folder that it starts from."""
    steps = re.split(r"[/\\]", path)
    return bool(path) and path.isprintable() and steps[0] != "" and ".." not in steps and ":" not in path


def _check_paths(definition: Definition, findings: Findings) -> None:
    paths: dict[tuple[str, ...], str] = {("methods",): definition.methods}
    if definition.source is not None and definition.source.path:
        paths["source", "path"] = definition.source.path
    for name, measure in definition.measures.items():
        if measure.path is not None:
            paths["measures", name, "path"] = measure.path
    for keys, path in paths.items():
        if not stays_inside(path):
            findings.add(keys, "must stay inside its folder", "write a relative path without ..")
        for placeholder in re.findall(r"\{[^}]*\}?", path):
            if placeholder != "{edition}" or keys == ("methods",):
                findings.add(
                    keys, f"{placeholder} stands for nothing here", "only {edition} of a data file is filled in"
                )


def _check_publisher(definition: Definition, findings: Findings) -> None:
    """Every record of every release holds the address; it cannot be corrected there once one is out."""
    url = definition.publisher.url
    if url and not web_address(url):
        remedy = "write it with https:// and without spaces, or leave it out"
        findings.add(("publisher", "url"), "must be an address of the web", remedy)


def _check_contact(definition: Definition, findings: Findings) -> None:
    """Readers of data packages refuse a package whose address of mail is none, after all the work."""
    if not _MAIL.fullmatch(definition.contact.email):
        remedy = "write one address alone, such as data@moh.example"
        findings.add(("contact", "email"), "must be an address of mail", remedy)


def _check_periods(definition: Definition, findings: Findings) -> None:
    for key in ("start", "end"):
        text = getattr(definition.coverage, key)
        if text and period_of(text) is None:
            findings.add(("coverage", key), "must be a year, a month or a day", "such as 1994, 1994-02 or 1994-02-28")
    start, end = period_of(definition.coverage.start), period_of(definition.coverage.end)
    if start and end and end[1] < start[0]:
        findings.add(("coverage", "end"), "is before the start", "exchange them")
    seen: set[str] = set()
    for index, entry in enumerate(definition.calendar):
        if entry.edition in seen:
            findings.add(("calendar", index, "edition"), f"the edition {entry.edition} is due twice", "keep one")
        seen.add(entry.edition)
