"""Policies of health and statistics offices of the United Kingdom."""

from __future__ import annotations

from anonymization.named_policies.policy import Policy, UnavailablePolicy
from anonymization.words import Text
from datasets.disclosure import Denominators, SafetyRules

POLICIES = (
    Policy(
        name="nhs_hes",
        summary=Text(
            vi="Số đếm từ 1 đến 7 ở cấp dưới quốc gia thì không công bố; số 0 được công bố; số trung bình cần ít nhất "
            "8 giá trị. Nguồn còn làm tròn các số khác đến bội số của 5 thay vì ẩn thêm ô; quy tắc này không làm tròn, "
            "và áp dụng cho cả số liệu toàn quốc.",
            en="Counts of 1 to 7 below the national level are withheld; zeros are shown; a mean needs 8 values. The "
            "source also rounds the rest to 5 instead of withholding more cells; this policy does not round, and "
            "applies to national figures too.",
        ),
        citation=Text(
            vi="NHS England, phương pháp kiểm soát lộ thông tin của Hospital Episode Statistics, digital.nhs.uk",
            en="NHS England, disclosure control methodology for Hospital Episode Statistics, digital.nhs.uk",
        ),
        version=Text(vi="từ tháng 9/2018", en="from September 2018"),
        checked=False,
        safety=SafetyRules(policy="nhs_hes", frequency=8),
    ),
    Policy(
        name="ons_mortality",
        summary=Text(
            vi="Không tính tỷ suất thô khi có dưới 3 ca tử vong; số ca vẫn được công bố theo quy định khác. Tỷ suất "
            "chuẩn hóa theo tuổi cần ít nhất 10 ca, và tỷ suất dựa trên dưới 20 ca được đánh dấu là không đáng tin "
            "cậy: hai mức này phải do người công bố áp dụng.",
            en="No crude rate is calculated from fewer than 3 deaths; counts have a policy of their own. Rates "
            "standardised by age need 10 deaths, and rates from fewer than 20 are marked as unreliable: these two "
            "levels are left to the publisher.",
        ),
        citation=Text(
            vi="Cơ quan Thống kê Quốc gia Anh (ONS), trả lời FOI/2021/3301",
            en="UK Office for National Statistics, answer FOI/2021/3301",
        ),
        version=Text(vi="năm 2021", en="2021"),
        checked=True,
        safety=SafetyRules(policy="ons_mortality", denominators=Denominators(events=3)),
        definition=False,
    ),
    Policy(
        name="opensafely",
        summary=Text(
            vi="Số đếm từ 7 trở xuống thì không công bố, kể cả số 0. OpenSAFELY còn làm tròn các số khác đến bội số "
            "của 5; quy tắc này không làm tròn.",
            en="Counts of 7 or fewer are withheld, zeros included. OpenSAFELY also rounds the rest to 5; this policy "
            "does not round.",
        ),
        citation=Text(vi="opensafely-core/ehrql, số 1746", en="opensafely-core/ehrql issue 1746"),
        version=Text(vi="ngày 24/11/2023", en="2023-11-24"),
        checked=True,
        safety=SafetyRules(policy="opensafely", frequency=8, zeros="protect"),
    ),
)

UNAVAILABLE = (
    UnavailablePolicy(
        name="phs_scotland",
        reason=Text(
            vi="quy trình yêu cầu đánh giá rủi ro cho từng lần công bố; chưa đọc được con số nào trong đó",
            en="the protocol asks for an assessment of risk before each release, and no number of it has been read",
        ),
        citation=Text(
            vi="Public Health Scotland, Statistical Disclosure Protocol",
            en="Public Health Scotland, Statistical Disclosure Protocol",
        ),
        version=Text(vi="bản 2.1, ngày 20/11/2023", en="version 2.1, 2023-11-20"),
    ),
)
