"""The disclosure report of a release: what was withheld, under which rules, what was attacked, and what is promised."""

from __future__ import annotations

from dataclasses import dataclass

from anonymization.policies import find_policy
from anonymization.protect import ProtectedTables, TableSummary


@dataclass(frozen=True)
class Text:
    """One sentence or paragraph in Vietnamese and in English."""

    vi: str
    en: str


@dataclass(frozen=True)
class DisclosureReport:
    """Plain data for packages and pages. It never tells primary from secondary suppression."""

    policy: str
    citation: str
    version: str
    checked: bool
    method: str
    threshold: int
    zeros: str
    reason: str
    tables: tuple[TableSummary, ...]
    attacks: tuple[str, ...]
    cells: int
    withheld: int
    text: tuple[Text, ...]
    promised: Text
    not_promised: Text


def describe(protected: ProtectedTables) -> DisclosureReport:
    """Return the report of a protected release; raises `DisclosureRuleInvalid` for a policy that has no name here."""
    rules, policy = protected.rules, find_policy(protected.rules.policy)
    suppressed = rules.method == "suppression"
    return DisclosureReport(
        policy=policy.name,
        citation=policy.citation,
        version=policy.version,
        checked=policy.checked,
        method=rules.method,
        threshold=rules.threshold,
        zeros=rules.zeros,
        reason=rules.reason,
        tables=protected.summary,
        attacks=protected.audit.attacks,
        cells=protected.audit.cells,
        withheld=protected.audit.withheld,
        text=_rules_in_words(protected) if suppressed else _nothing_withheld(rules.reason),
        promised=PROMISED if suppressed else NOTHING_PROMISED,
        not_promised=NOT_PROMISED,
    )


PROMISED = Text(
    vi="Không ô nào bị giữ lại có thể được tính ra chính xác từ các tổng, các phân cấp và các bảng trong bản công bố "
    "này, kể cả khi biết giá trị nhỏ nhất mà một ô bị giữ lại có thể có.",
    en="No withheld cell can be calculated exactly from the totals, hierarchies and tables of this release, even by "
    "someone who knows the least value that a withheld cell can have.",
)

NOT_PROMISED = Text(
    vi="Khoảng giá trị có thể có của một ô bị giữ lại có thể hẹp; với nhóm lớn các ô liên quan với nhau, việc suy luận "
    "rằng số đếm phải là số nguyên chưa được loại trừ; mỗi chỉ số được kiểm tra riêng; các bản công bố trước và hiểu "
    "biết riêng về từng người không được xét.",
    en="The range of values that a withheld cell can have may be narrow; in large groups of cells that depend on one "
    "another, reasoning that counts are whole numbers is not excluded; each measure is attacked by itself; earlier "
    "releases and private knowledge about a person are not considered.",
)

NOTHING_PROMISED = Text(
    vi="Không có biện pháp bảo vệ nào được áp dụng cho bản công bố này.",
    en="No protection was applied to this release.",
)


def _rules_in_words(protected: ProtectedTables) -> tuple[Text, ...]:
    rules, audit = protected.rules, protected.audit
    zeros_vi = "Số 0 thật được công bố." if rules.zeros == "publish" else "Số 0 cũng bị giữ lại."
    zeros_en = "True zeros are shown." if rules.zeros == "publish" else "Zeros are withheld too."
    return (
        Text(
            vi=f"Các ô có dưới {rules.threshold} người bị giữ lại. {zeros_vi} Một số ô khác cũng bị giữ lại để không "
            "thể tính ngược ra các ô nhỏ.",
            en=f"Cells of fewer than {rules.threshold} people are withheld. {zeros_en} Some other cells are withheld "
            "as well, so that the small ones cannot be calculated.",
        ),
        Text(
            vi=f"Giữ lại {audit.withheld} trên {audit.cells} ô.",
            en=f"{audit.withheld} of {audit.cells} cells are withheld.",
        ),
    )


def _nothing_withheld(reason: str) -> tuple[Text, ...]:
    return (Text(vi=f"Mọi ô đều được công bố. Lý do: {reason}", en=f"Every cell is shown. Reason: {reason}"),)
