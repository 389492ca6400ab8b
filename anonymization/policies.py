"""Named disclosure policies: what other offices do, with where it was read, and our own proposal."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from anonymization.words import Text
from datasets.disclosure import DisclosureChoice, DisclosureRules, Method, ZeroPolicy
from datasets.errors import DisclosureRuleInvalid, Problem


@dataclass(frozen=True)
class Policy:
    """One policy with the source of its numbers.

    `checked` says that the numbers were read in the cited source. A policy that is not checked must not be presented
    with that office's authority, and its text says so.
    """

    name: str
    summary: Text
    citation: Text
    version: Text
    checked: bool
    threshold: int
    zeros: ZeroPolicy
    method: Method = "suppression"

    @property
    def text(self) -> Text:
        """The summary with its citation, and a warning where the numbers were not checked."""
        vi = "" if self.checked else " Các con số này chưa được đối chiếu với nguồn."
        en = "" if self.checked else " These numbers have not been checked against the source."
        return Text(
            vi=f"{self.summary.vi} Nguồn: {self.citation.vi} ({self.version.vi}).{vi}",
            en=f"{self.summary.en} Source: {self.citation.en} ({self.version.en}).{en}",
        )


def _same(text: str) -> Text:
    """Return a name or address that is written alike in both languages."""
    return Text(vi=text, en=text)


_UNDATED = Text(vi="bản đã đọc không ghi ngày", en="read without a dated version")

_POLICIES = (
    Policy(
        name="vn_proposed",
        summary=Text(
            vi="Ô có dưới 5 người thì không công bố; số 0 thật được công bố. Đây là đề xuất của dự án, không có giá "
            "trị pháp lý: Việt Nam chưa ban hành quy định nào về việc này.",
            en="Fewer than 5 people are withheld; true zeros are shown. A proposal of this project without legal "
            "force: Viet Nam has not published a rule of this kind.",
        ),
        citation=Text(vi="dự án ytemo", en="ytemo project"),
        version=Text(vi="đề xuất năm 2026", en="proposal of 2026"),
        checked=True,
        threshold=5,
        zeros="publish",
    ),
    Policy(
        name="cdc_wonder",
        summary=Text(
            vi="Số đếm dưới 10 thì không công bố, kể cả số 0, như CDC WONDER làm với số liệu tử vong.",
            en="Counts under 10 are withheld, zeros included, as CDC WONDER does with deaths.",
        ),
        citation=Text(
            vi="Trung tâm Kiểm soát và Phòng ngừa Dịch bệnh Hoa Kỳ (CDC), wonder.cdc.gov",
            en="US Centers for Disease Control and Prevention, wonder.cdc.gov",
        ),
        version=_UNDATED,
        checked=False,
        threshold=10,
        zeros="protect",
    ),
    Policy(
        name="cms_cell",
        summary=Text(
            vi="Ô có từ 1 đến 10 người không bao giờ được công bố hay để tính ra được, kể cả qua tỷ lệ phần trăm; số 0 "
            "có thể công bố.",
            en="Cells of 1 to 10 people are never shown nor derivable, percentages included; zero may be shown.",
        ),
        citation=Text(
            vi="Trung tâm Dịch vụ Medicare và Medicaid Hoa Kỳ (CMS), resdac.org/node/1506",
            en="US Centers for Medicare & Medicaid Services, resdac.org/node/1506",
        ),
        version=Text(vi="ngày 26/01/2024", en="2024-01-26"),
        checked=True,
        threshold=11,
        zeros="publish",
    ),
    Policy(
        name="us_state_cancer",
        summary=Text(
            vi="Số đếm dưới 16 thì không công bố; nguồn không nói số 0 có được công bố hay không, nên số 0 cũng không "
            "công bố.",
            en="Counts under 16 are withheld; the source does not say that zero may be shown, so zeros are withheld.",
        ),
        citation=Text(
            vi="Hồ sơ ung thư các bang của Hoa Kỳ, statecancerprofiles.cancer.gov",
            en="US State Cancer Profiles, statecancerprofiles.cancer.gov",
        ),
        version=_UNDATED,
        checked=True,
        threshold=16,
        zeros="protect",
    ),
    Policy(
        name="opensafely",
        summary=Text(
            vi="Số đếm từ 7 trở xuống thì không công bố, kể cả số 0. OpenSAFELY còn làm tròn các số khác đến bội số "
            "của 5; quy tắc này không làm tròn.",
            en="Counts of 7 or fewer are withheld, zeros included. OpenSAFELY also rounds the rest to 5; this policy "
            "does not round.",
        ),
        citation=_same("opensafely-core/ehrql issue 1746"),
        version=_UNDATED,
        checked=True,
        threshold=8,
        zeros="protect",
    ),
    Policy(
        name="acro_default",
        summary=Text(
            vi="Ô có dưới 10 người thì không công bố, và số 0 cũng coi là làm lộ thông tin. Các quy tắc của ACRO về "
            "giá trị áp đảo và tỷ lệ p cho số tiền, số lượng không thuộc quy tắc này.",
            en="Fewer than 10 are withheld and zeros are disclosive. ACRO's dominance and p-ratio rules for "
            "magnitudes are not part of this policy.",
        ),
        citation=_same("ACRO, default.yaml"),
        version=_UNDATED,
        checked=True,
        threshold=10,
        zeros="protect",
    ),
    Policy(
        name="already_public",
        summary=Text(
            vi="Mọi ô đều được công bố vì một nguồn công khai đã công bố chúng; phải nêu tên nguồn.",
            en="Every cell is shown, because a public source already shows it; the source must be named.",
        ),
        citation=Text(
            vi="nguồn nêu trong định nghĩa của tập dữ liệu", en="the source that the dataset's definition names"
        ),
        version=Text(vi="không ghi ngày", en="not dated"),
        checked=True,
        threshold=1,
        zeros="publish",
        method="none",
    ),
)

POLICIES = MappingProxyType({policy.name: policy for policy in _POLICIES})
"""Every named policy, by name."""


def find_policy(name: str) -> Policy:
    """Return the policy of this name, or raise `DisclosureRuleInvalid` with the nearest name and the whole list.

    >>> find_policy("cms_cell").threshold
    11
    """
    if name in POLICIES:
        return POLICIES[name]
    near = get_close_matches(name, POLICIES, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    remedy = f"{hint}known policies: {', '.join(sorted(POLICIES))}"
    problem = Problem("disclosure.policy", f"{name!r} is not a known policy", remedy)
    raise DisclosureRuleInvalid("The disclosure policy is unknown.", problems=[problem])


def resolve(choice: DisclosureChoice) -> DisclosureRules:
    """Fill the gaps of a choice from its policy; keys that the dataset sets itself win.

    Raises `DisclosureRuleInvalid` for an unknown policy, for a threshold that protects nobody, and for anything weaker
    than the policy, the method `none` included, without a reason.
    """
    policy = find_policy(choice.policy)
    method = choice.method or policy.method
    if method == "none" and choice.reason is None:
        remedy = "say in both languages which public source already publishes these counts"
        problem = Problem("disclosure.reason", "method none needs a reason", remedy)
        raise DisclosureRuleInvalid("The disclosure choice gives no reason.", problems=[problem])
    threshold = policy.threshold if choice.threshold is None else choice.threshold
    zeros = choice.zeros or policy.zeros
    if method == "suppression":
        _check_threshold(threshold)
        _check_reason(choice, weaker_keys(policy, threshold=threshold, zeros=zeros))
    return DisclosureRules(policy=policy.name, method=method, threshold=threshold, zeros=zeros, reason=choice.reason)


def weaker_keys(policy: Policy, *, threshold: int, zeros: ZeroPolicy) -> tuple[str, ...]:
    """Return the keys of a dataset that protect less than ``policy`` does.

    >>> weaker_keys(find_policy("cdc_wonder"), threshold=9, zeros="publish")
    ('threshold', 'zeros')
    """
    weaker = {
        "threshold": threshold < policy.threshold,
        "zeros": (zeros, policy.zeros) == ("publish", "protect"),
    }
    return tuple(key for key, found in weaker.items() if found)


def _check_threshold(threshold: int) -> None:
    if threshold == 1:
        rule = "1 withholds nothing: a cell of one person would be shown"
        remedy = "raise it, or say that nothing is protected: method: none with a reason"
        problem = Problem("disclosure.threshold", rule, remedy)
        raise DisclosureRuleInvalid("The threshold protects nobody.", problems=[problem])


def _check_reason(choice: DisclosureChoice, weaker: tuple[str, ...]) -> None:
    if not weaker or choice.reason is not None:
        return
    remedy = "write disclosure.reason in both languages: readers are told it; or leave the key out"
    problems = [
        Problem(f"disclosure.{key}", f"protects less than the policy {choice.policy}, without a reason", remedy)
        for key in weaker
    ]
    raise DisclosureRuleInvalid("A rule weaker than its policy needs a reason.", problems=problems)
