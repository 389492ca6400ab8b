"""What can be true of a published cell, and how each status is written for people, SDMX and JSON-stat."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from datasets.text import Bilingual


class CellStatus(StrEnum):
    """The closed list of statuses in the ``<measure>_status`` column of public files.

    Primary and secondary suppression are one status in public: which of two withheld cells is the small one would
    itself tell.
    """

    OBSERVED = "observed"
    ZERO = "zero"
    PERTURBED = "perturbed"
    SUPPRESSED = "suppressed"
    UNRELIABLE = "unreliable"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"
    ESTIMATED = "estimated"
    PROVISIONAL = "provisional"
    REVISED = "revised"


@dataclass(frozen=True)
class StatusMeaning:
    """How one status is shown and mapped; ``has_value`` says whether the cell carries a number."""

    letter: str
    label: Bilingual
    has_value: bool
    sdmx_obs_status: str
    sdmx_conf_status: str


STATUS_MEANINGS: dict[CellStatus, StatusMeaning] = {
    CellStatus.OBSERVED: StatusMeaning("", Bilingual(vi="Giá trị quan sát", en="Observed value"), True, "A", "F"),
    CellStatus.ZERO: StatusMeaning("", Bilingual(vi="Số 0 thật", en="True zero"), True, "A", "F"),
    CellStatus.PERTURBED: StatusMeaning(
        "a",
        Bilingual(vi="Đã thay đổi chút ít để bảo vệ người bệnh", en="Changed a little to protect people"),
        True,
        "A",
        "F",
    ),
    CellStatus.SUPPRESSED: StatusMeaning(
        "c", Bilingual(vi="Không công bố để bảo vệ người bệnh", en="Withheld to protect people"), False, "Q", "C"
    ),
    CellStatus.UNRELIABLE: StatusMeaning(
        "u",
        Bilingual(vi="Không tính, vì dựa trên quá ít trường hợp", en="Not calculated: it would rest on too few cases"),
        False,
        "U",
        "F",
    ),
    CellStatus.MISSING: StatusMeaning("x", Bilingual(vi="Không có số liệu", en="Not available"), False, "O", "F"),
    CellStatus.NOT_APPLICABLE: StatusMeaning("z", Bilingual(vi="Không áp dụng", en="Not applicable"), False, "M", "F"),
    CellStatus.ESTIMATED: StatusMeaning(
        "e", Bilingual(vi="Chưa đủ: chỉ tính phần đã báo cáo", en="Incomplete: only what was reported"), True, "E", "F"
    ),
    CellStatus.PROVISIONAL: StatusMeaning("p", Bilingual(vi="Sơ bộ", en="Provisional"), True, "P", "F"),
    CellStatus.REVISED: StatusMeaning("r", Bilingual(vi="Đã điều chỉnh", en="Revised"), True, "A", "F"),
}
"""Letters follow the GSS symbols, which have none for changed numbers; SDMX codes follow CL_OBS_STATUS 2.2 and
CL_CONF_STATUS 1.3."""


def status_column(measure: str) -> str:
    """Return the name of the status column that accompanies ``measure``."""
    return f"{measure}_status"
