"""Policies of this project: the proposal for Viet Nam, and what is public already."""

from __future__ import annotations

from anonymization.named_policies.policy import Policy
from anonymization.words import Text
from datasets.disclosure import SafetyRules

POLICIES = (
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
        safety=SafetyRules(policy="vn_proposed", frequency=5),
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
        safety=None,
    ),
)
