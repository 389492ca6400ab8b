"""The disclosure report of a release: what was withheld, under which rules, what was attacked, and what is promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anonymization.protect import ProtectedTables, TableSummary
from anonymization.told_rules import ToldRules
from anonymization.words import Text
from datasets.disclosure import Concentration, DisclosureRules, Guarantee, PriorPosterior


@dataclass(frozen=True, kw_only=True)
class DisclosureReport(ToldRules):
    """Plain data for packages and pages. It never tells primary from secondary suppression."""

    zeros: str
    tables: tuple[TableSummary, ...]
    attacks: tuple[str, ...]
    cells: int
    withheld: int
    text: tuple[Text, ...]
    promised: Text
    not_promised: Text | None


def describe(protected: ProtectedTables) -> DisclosureReport:
    """Return the report of a protected release; raises `DisclosureRuleInvalid` for a policy that has no name here."""
    rules, told = protected.rules, ToldRules.of(protected.rules)
    suppressed = rules.method == "suppression"
    return DisclosureReport(
        **vars(told),
        zeros=rules.zeros,
        tables=protected.summary,
        attacks=protected.audit.attacks,
        cells=protected.audit.cells,
        withheld=protected.audit.withheld,
        text=_rules_in_words(protected) if suppressed else _nothing_withheld(rules),
        promised=PROMISED[rules.guarantee] if suppressed else NOTHING_PROMISED,
        not_promised=NOT_PROMISED[rules.guarantee] if suppressed else None,
    )


_EXACT = Text(
    vi="Không ô nào trong số các ô không công bố có thể được tính ra chính xác từ các tổng, các cấp phân loại và các "
    "bảng của bản phát hành này, cùng với các bản phát hành trước đó, kể cả khi biết giá trị nhỏ nhất mà ô đó có thể "
    "có.",
    en="No withheld cell can be calculated exactly from the totals, hierarchies and tables of this release, together "
    "with earlier releases, even by someone who knows the least value that a withheld cell can have.",
)

_INTERVAL = Text(
    vi="Hơn nữa, với mỗi ô nhỏ không công bố, không ai có thể loại trừ khả năng ô đó đạt tới ngưỡng được công bố.",
    en="What is more, of no withheld small cell can anybody rule out that it reaches the threshold.",
)

PROMISED: dict[Guarantee, Text] = {
    "exact": _EXACT,
    "interval": Text(vi=f"{_EXACT.vi} {_INTERVAL.vi}", en=f"{_EXACT.en} {_INTERVAL.en}"),
}
"""What a release promises, by the guarantee that its dataset chose."""

_NEVER = Text(
    vi="với nhóm lớn gồm nhiều ô phụ thuộc lẫn nhau, chưa loại trừ cách suy luận dựa vào việc số đếm là số nguyên; mỗi "
    "chỉ tiêu được kiểm tra riêng; hiểu biết riêng về một người không được xét đến.",
    en="in large groups of cells that depend on one another, reasoning that counts are whole numbers is not excluded; "
    "each measure is attacked by itself; private knowledge about a person is not considered.",
)

NOT_PROMISED: dict[Guarantee, Text] = {
    "exact": Text(
        vi=f"Điều chưa được bảo đảm: khoảng giá trị có thể có của một ô không công bố có thể hẹp; {_NEVER.vi}",
        en=f"What is not promised: the range of values that a withheld cell can have may be narrow; {_NEVER.en}",
    ),
    "interval": Text(
        vi=f"Điều chưa được bảo đảm: {_NEVER.vi}",
        en=f"What is not promised: {_NEVER.en}",
    ),
}
"""What a release does not promise, by guarantee."""

NOTHING_PROMISED = Text(
    vi="Bản phát hành này không áp dụng biện pháp bảo vệ nào.",
    en="No protection was applied to this release.",
)


def _rules_in_words(protected: ProtectedTables) -> tuple[Text, ...]:
    rules = protected.rules
    zeros_vi = "Số 0 thật được công bố." if rules.zeros == "publish" else "Số 0 cũng không được công bố."
    zeros_en = "True zeros are shown." if rules.zeros == "publish" else "Zeros are withheld too."
    return (
        Text(
            vi=f"Các ô có dưới {rules.threshold} người không được công bố. {zeros_vi} Một số ô khác cũng không được "
            "công bố để không ai tính ngược ra các ô nhỏ.",
            en=f"Cells of fewer than {rules.threshold} people are withheld. {zeros_en} Some other cells are withheld "
            "as well, so that the small ones cannot be calculated.",
        ),
        *_facilities_in_words(rules),
        *_contributors_in_words(rules),
        *_choices_in_words(rules),
        *_denominators_in_words(rules),
        *ToldRules.of(rules).differences(),
        _counts_in_words(protected),
    )


def _denominators_in_words(rules: DisclosureRules) -> tuple[Text, ...]:
    if rules.denominators is None:
        return ()
    vi, en = [], []
    if (events := rules.denominators.events) is not None:
        vi.append(f"ít nhất {_vi(f'{events:,}')} trường hợp")
        en.append(f"at least {events:,} cases")
    if (people := rules.denominators.population) is not None:
        vi.append(f"mẫu số ít nhất là {_vi(f'{people:,}')}")
        en.append(f"a denominator of at least {people:,}")
    return (
        Text(
            vi=f"Tỷ suất và số trung bình chỉ được tính khi có {' và '.join(vi)}; các ô khác mang ký hiệu [u].",
            en=f"Rates and means are calculated only from {' and '.join(en)}; the others are marked [u].",
        ),
    )


def _choices_in_words(rules: DisclosureRules) -> tuple[Text, ...]:
    withheld = (
        Text(
            vi="Một số ô do bộ dữ liệu này chỉ định không bao giờ được công bố, dù số trong đó lớn.",
            en="Some cells that this dataset names are never shown, whatever their number is.",
        ),
    )
    hidden = withheld if rules.always_withheld else ()
    if not rules.always_shown:
        return hidden
    vi = "Các ô mà bộ dữ liệu này chỉ định, như tổng số, luôn được công bố; các ô khác được giữ lại thay cho chúng."
    en = "Cells that this dataset names, such as totals, are always shown; others are withheld in their place."
    if rules.denominators is not None:
        vi += " Tỷ suất và trung bình dựa trên quá ít trường hợp thì ở đó cũng không được tính."
        en += " Rates and means that rest on too little are not calculated there either."
    return (Text(vi=vi, en=en), *hidden)


def _facilities_in_words(rules: DisclosureRules) -> tuple[Text, ...]:
    if rules.units is None:
        return ()
    fewest = rules.units.fewest
    vi = f"Các ô có số liệu từ dưới {fewest} cơ sở cũng không được công bố, để không cơ sở nào bị nhận ra."
    en = f"Cells that come from fewer than {fewest} facilities are withheld too, so that none can be recognised."
    if rules.guarantee == "interval":
        percent = f"{rules.units.range_percent:g}"
        vi += f" Không ai có thể loại trừ khả năng một ô như vậy lớn hơn giá trị thật {_vi_decimal(percent)} %."
        en += f" Of no such cell can anybody rule out that it is {percent} % larger than it is."
    vi += " Việc một cơ sở biết số liệu của chính mình không được xét đến."
    en += " What a facility knows of itself is not considered."
    return (Text(vi=vi, en=en),)


def _contributors_in_words(rules: DisclosureRules) -> tuple[Text, ...]:
    """Say which rules look at the contributors of sums; their column is the ministry's own affair."""
    if rules.concentration is None:
        return ()
    told = list(_concentration_in_words(rules.concentration))
    vi = "Các ô có tổng số lượng tập trung vào ít đơn vị đóng góp cũng không được công bố: "
    en = "Cells with sums of which few contributors have nearly all are withheld too: "
    vi += "; hoặc ".join(one.vi for one in told)
    en += "; or ".join(one.en for one in told)
    if rules.guarantee == "interval":
        vi += (
            ". Không ai có thể loại trừ khả năng một tổng như vậy khác với giá trị thật tới mức quy tắc đòi hỏi. Việc"
            " các đơn vị biết phần của chính mình trong mọi ô đã được tính đến; việc một đơn vị biết mình là đơn vị duy"
            " nhất trong một ô thì chưa."
        )
        en += (
            ". Of no such sum can anybody rule out that it is as far from what it is as these rules ask. That"
            " contributors know what they have themselves, in every cell, is reckoned with; that one who is alone in a"
            " cell knows to be alone is not."
        )
    else:
        vi += (
            ". Một tổng như vậy không thể được tính ra chính xác, nhưng có thể được ước lượng sát hơn mức đó. Điều một"
            " đơn vị biết về phần của chính mình không được xét đến."
        )
        en += (
            ". No such sum can be calculated exactly, but it may be estimated more closely than that. What a"
            " contributor knows of itself is not considered."
        )
    return (Text(vi=vi, en=en),)


def _concentration_in_words(rule: Concentration) -> Iterator[Text]:
    for one in rule.dominance:
        share = f"{one.k:g}"
        vi, en = f"{one.n} đơn vị", f"the {one.n} largest contributors have"
        if one.n == 1:
            vi, en = "đơn vị", "the largest contributor has"
        yield Text(
            vi=f"{vi} đóng góp lớn nhất chiếm hơn {_vi_decimal(share)} % tổng",
            en=f"{en} more than {share} % of the sum",
        )
    for own in (rule.p_percent, rule.p_q):
        if own is not None:
            who, close = _attackers(own.coalition), f"{own.p:g}"
            vi, en = "", ""
            if isinstance(own, PriorPosterior):
                before = f"{own.q:g}"
                vi = f", khi đã biết trước mọi phần đóng góp với sai số {_vi_decimal(before)} %,"
                en = f", knowing every contribution to within {before} % beforehand,"
            yield Text(
                vi=f"{who.vi}{vi} có thể ước lượng phần của đơn vị lớn nhất với sai số dưới {_vi_decimal(close)} %",
                en=f"{who.en}{en} could estimate what the largest has to within {close} %",
            )


def _attackers(coalition: int) -> Text:
    if coalition == 1:
        return Text(vi="đơn vị đóng góp lớn thứ hai", en="the second largest contributor")
    return Text(vi=f"{coalition} đơn vị đóng góp lớn tiếp theo cùng nhau", en=f"the next {coalition} together")


def _vi_decimal(number: str) -> str:
    return number.replace(".", ",")


def _counts_in_words(protected: ProtectedTables) -> Text:
    """Say what is counted: linked cells once, where the files hold each of them in every table and measure."""
    withheld, cells = f"{protected.audit.withheld:,}", f"{protected.audit.cells:,}"
    return Text(
        vi=f"{_vi(withheld)} trong {_vi(cells)} ô không được công bố, khi mỗi ô chỉ đếm một lần dù có ở nhiều bảng, và "
        "các chỉ tiêu dựa trên cùng những người chỉ đếm một lần. Trong các tệp, ô đó được đếm ở từng bảng và từng chỉ "
        "tiêu, nên con số ở đó có thể lớn hơn.",
        en=f"{withheld} of {cells} cells are withheld, counting a cell once however many tables hold it, and measures "
        "of the same people once. The files count it in every table and measure, so the number there can be larger.",
    )


def _vi(number: str) -> str:
    return number.replace(",", ".")


def _nothing_withheld(rules: DisclosureRules) -> tuple[Text, ...]:
    reason = rules.reason
    assert reason is not None, "the rules refuse the method none without a reason"
    shown = Text(vi=f"Mọi ô đều được công bố. Lý do: {reason.vi}", en=f"Every cell is shown. Reason: {reason.en}")
    return (shown, *_denominators_in_words(rules), *ToldRules.of(rules).differences())
