"""Our words in the vocabularies of others: the authority tables of the EU, IANA, Wikidata and the web."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from datasets.definition import Frequency, Licence
from datasets.periods import period_of
from datasets.release import PublicRelease, ReleaseDescription
from datasets.text import Bilingual, Language

_EU = "http://publications.europa.eu/resource/authority"


@dataclass(frozen=True)
class Term:
    """A term of somebody's vocabulary, and what it is called."""

    iri: str
    label: Bilingual


_ADMS = "http://purl.org/adms/licencetype"
_ATTRIBUTION = Term(f"{_ADMS}/Attribution", Bilingual(vi="Ghi công", en="Attribution"))
_SHARE_ALIKE = Term(f"{_ADMS}/ViralEffect-ShareAlike", Bilingual(vi="Chia sẻ tương tự", en="Share alike"))
_PUBLIC_DOMAIN = Term(f"{_ADMS}/PublicDomain", Bilingual(vi="Thuộc về công chúng", en="Public domain"))


@dataclass(frozen=True)
class LicenceTerm:
    """A licence: what it is called, where its text is, and its term in the EU's table."""

    title: str
    url: str
    eu: str
    kind: Term
    """What it asks, in the vocabulary of ADMS."""


LICENCES: Mapping[Licence, LicenceTerm] = {
    "CC-BY-4.0": LicenceTerm(
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
        f"{_EU}/licence/CC_BY_4_0",
        _ATTRIBUTION,
    ),
    "CC-BY-SA-4.0": LicenceTerm(
        "Creative Commons Attribution-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
        f"{_EU}/licence/CC_BYSA_4_0",
        _SHARE_ALIKE,
    ),
    "CC0-1.0": LicenceTerm(
        "Creative Commons Zero 1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        f"{_EU}/licence/CC0",
        _PUBLIC_DOMAIN,
    ),
    "ODC-BY-1.0": LicenceTerm(
        "Open Data Commons Attribution License 1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
        f"{_EU}/licence/ODC_BY",
        _ATTRIBUTION,
    ),
}
LANGUAGES_EU: Mapping[Language, Term] = {
    "vi": Term(f"{_EU}/language/VIE", Bilingual(vi="Tiếng Việt", en="Vietnamese")),
    "en": Term(f"{_EU}/language/ENG", Bilingual(vi="Tiếng Anh", en="English")),
}
FREQUENCIES: Mapping[Frequency, Term] = {
    "weekly": Term(f"{_EU}/frequency/WEEKLY", Bilingual(vi="Hằng tuần", en="Weekly")),
    "monthly": Term(f"{_EU}/frequency/MONTHLY", Bilingual(vi="Hằng tháng", en="Monthly")),
    "quarterly": Term(f"{_EU}/frequency/QUARTERLY", Bilingual(vi="Hằng quý", en="Quarterly")),
    "yearly": Term(f"{_EU}/frequency/ANNUAL", Bilingual(vi="Hằng năm", en="Annual")),
    "irregular": Term(f"{_EU}/frequency/IRREG", Bilingual(vi="Không định kỳ", en="Irregular")),
    "once": Term(f"{_EU}/frequency/NEVER", Bilingual(vi="Một lần", en="Never updated")),
}
DURATIONS: Mapping[Frequency, str] = {"weekly": "P1W", "monthly": "P1M", "quarterly": "P3M", "yearly": "P1Y"}
"""How often, as ISO 8601 writes it; the others have no such length."""
HEALTH = Term(f"{_EU}/data-theme/HEAL", Bilingual(vi="Y tế", en="Health"))
PUBLIC = Term(f"{_EU}/access-right/PUBLIC", Bilingual(vi="Công khai", en="Public"))
STABLE = Term(f"{_EU}/planned-availability/STABLE", Bilingual(vi="Ổn định", en="Stable"))
COMPLETED = Term(f"{_EU}/dataset-status/COMPLETED", Bilingual(vi="Hoàn thành", en="Completed"))
DEPRECATED = Term(f"{_EU}/dataset-status/DEPRECATED", Bilingual(vi="Đã có bản thay thế", en="Deprecated"))
WITHDRAWN = Term(f"{_EU}/dataset-status/WITHDRAWN", Bilingual(vi="Đã thu hồi", en="Withdrawn"))
FILE_COMPLETED = Term(f"{_EU}/distribution-status/COMPLETED", Bilingual(vi="Hoàn thành", en="Completed"))
VIET_NAM = Term(f"{_EU}/country/VNM", Bilingual(vi="Việt Nam", en="Viet Nam"))
SYNTHETIC = Term(f"{_EU}/dataset-type/SYNTHETIC_DATA", Bilingual(vi="Dữ liệu giả lập", en="Synthetic data"))
KINDS: Mapping[str, Term] = {
    "statistics": Term(f"{_EU}/dataset-type/STATISTICAL", Bilingual(vi="Số liệu thống kê", en="Statistical data")),
    "codelist": Term(f"{_EU}/dataset-type/CODE_LIST", Bilingual(vi="Danh mục mã", en="Code list")),
}
"""The EU's table has no type for registers."""
MADE_UP = Bilingual(
    vi="Dữ liệu giả lập: mọi con số đều là bịa, để thử nghiệm.",
    en="Synthetic data: every number is made up, for trials.",
)
"""What every record of made-up data says, in its description too: most readers show nothing else."""


@dataclass(frozen=True)
class FileKind:
    """A format of files: its name, its term in the EU's table, and the rules that files of it keep."""

    name: str
    eu: str
    media_type: str
    rules: tuple[str, ...] = ()


OPENAPI = "https://spec.openapis.org/oas/v3.1.0"
DATA_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
_KINDS: Mapping[str, FileKind] = {
    "csv": FileKind("CSV", f"{_EU}/file-type/CSV", "text/csv", ("https://www.rfc-editor.org/rfc/rfc4180",)),
    "parquet": FileKind("Parquet", f"{_EU}/file-type/PARQUET", "application/vnd.apache.parquet"),
    "xlsx": FileKind(
        "XLSX",
        f"{_EU}/file-type/XLSX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "zip": FileKind("ZIP", f"{_EU}/file-type/ZIP", "application/zip", (DATA_PACKAGE,)),
    "json": FileKind("JSON", f"{_EU}/file-type/JSON", "application/json", (DATA_PACKAGE,)),
}
_PLACES = frozenset({"provinces", "provinces-legacy", "communes"})
"""The code lists of places in Viet Nam that come with ytemo."""
_CODING_SYSTEMS = {"icd10": "http://www.wikidata.org/entity/Q45127"}
_DAY = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


def file_kind(path: str) -> FileKind | None:
    """Return the format of a file by its name; None for one that is no data format."""
    return _KINDS.get(path.rpartition(".")[2])


def coding_systems(about: ReleaseDescription) -> tuple[str, ...]:
    """Return the coding systems of others that the codes of a release are from."""
    used = (each.id.partition("-")[0] for each in about.codelists)
    return tuple(dict.fromkeys(_CODING_SYSTEMS[name] for name in used if name in _CODING_SYSTEMS))


def is_of_viet_nam(about: ReleaseDescription) -> bool:
    """Return whether a dataset covers Viet Nam, or places in it, as its own words and code lists tell."""
    if about.coverage.area.en.startswith("Viet Nam"):
        return True
    return any(each.id in _PLACES for each in about.codelists)


def interval(release: PublicRelease) -> tuple[str, str]:
    """Return the first and last day, month or year that a release covers; empty where it is not known.

    Quarters, weeks and spans of years, for which XML Schema has no type, are told by their first and last day.
    """
    about = release.description
    start = about.period_start or about.coverage.start
    end = about.period_end or about.coverage.end
    return _dated(start, last=False), _dated(end, last=True)


def _dated(text: str, *, last: bool) -> str:
    span = period_of(text)
    return text if is_day(text) else str(span[last]) if span else ""


def is_day(text: str) -> bool:
    """Return whether a text is a year, a month or a day of the calendar, as XML Schema writes them."""
    return _DAY.fullmatch(text) is not None and period_of(text) is not None


def description(about: ReleaseDescription, language: Language) -> str:
    """Return what a record says of a dataset: its summary, and that it is made up where it is."""
    return f"{MADE_UP.of(language)} {about.summary.of(language)}" if about.synthetic else about.summary.of(language)
