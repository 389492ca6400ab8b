"""Policies of health offices of the United States."""

from __future__ import annotations

from anonymization.named_policies.policy import UNDATED, Policy
from anonymization.words import Text
from datasets.disclosure import Denominators, SafetyRules

POLICIES = (
    Policy(
        name="cdc_wonder",
        summary=Text(
            vi="Số đếm dưới 10 thì không công bố, kể cả số 0, như CDC WONDER làm với số ca tử vong và số ca sinh ở "
            "cấp dưới quốc gia từ ngày 23/5/2011; mẫu số dân số dưới 10 người cũng không công bố.",
            en="Counts under 10 are withheld, zeros included, as CDC WONDER does with deaths and births below the "
            "national level since 23 May 2011; population denominators of fewer than 10 people are withheld too.",
        ),
        citation=Text(
            vi="Trung tâm Kiểm soát và Phòng ngừa Dịch bệnh Hoa Kỳ (CDC), wonder.cdc.gov/wonder/help/ucd-border.html",
            en="US Centers for Disease Control and Prevention, wonder.cdc.gov/wonder/help/ucd-border.html",
        ),
        version=Text(vi="số liệu 1999-2018, quy định ngày 23/05/2011", en="data of 1999-2018, rule of 2011-05-23"),
        checked=True,
        safety=SafetyRules(policy="cdc_wonder", frequency=10, zeros="protect"),
    ),
    Policy(
        name="cdc_wisqars",
        summary=Text(
            vi="Số ca tử vong dưới 10 thì không công bố; tỷ suất của một hạt (county) dựa trên 20 ca trở xuống thì "
            "không công bố. Ở cấp bang và cấp quốc gia, nguồn chỉ ghi chú rằng các tỷ suất đó không ổn định; quy tắc "
            "này lấy mức chặt nhất.",
            en="Deaths under 10 are withheld; a county's rate that rests on 20 deaths or fewer is withheld. For states "
            "and the nation the source only marks such rates as unstable; this policy takes the strictest level.",
        ),
        citation=Text(
            vi="CDC, WISQARS, cdc.gov/injury/wisqars/mapping_help/unstable_rates.html",
            en="CDC, WISQARS, cdc.gov/injury/wisqars/mapping_help/unstable_rates.html",
        ),
        version=UNDATED,
        checked=True,
        safety=SafetyRules(policy="cdc_wisqars", frequency=10, zeros="protect", denominators=Denominators(events=21)),
        definition=False,
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
        safety=SafetyRules(policy="cms_cell", frequency=11),
    ),
    Policy(
        name="us_state_cancer",
        summary=Text(
            vi="Số đếm dưới 16 thì không công bố; nguồn không nói số 0 có được công bố hay không, nên số 0 cũng không "
            "công bố.",
            en="Counts under 16 are withheld; the source does not say that zero may be shown, so zeros are withheld.",
        ),
        citation=Text(
            vi="Hồ sơ ung thư các bang của Hoa Kỳ, statecancerprofiles.cancer.gov/suppressed.html",
            en="US State Cancer Profiles, statecancerprofiles.cancer.gov/suppressed.html",
        ),
        version=Text(vi="bản lưu tháng 01/2009", en="archived 2009-01"),
        checked=True,
        safety=SafetyRules(policy="us_state_cancer", frequency=16, zeros="protect"),
    ),
    Policy(
        name="hipaa_safe_harbor",
        summary=Text(
            vi="Không công bố gì về đơn vị địa lý có từ 20.000 dân trở xuống. Đây chỉ là phần về địa lý của quy định; "
            "mười bảy loại thông tin định danh khác và tuổi trên 89 phải được loại bỏ hoặc gộp trước đó. Quy định này "
            "không đếm người trong một ô.",
            en="Nothing is shown of a geographic unit of 20,000 people or fewer. This is the geographic part of the "
            "rule alone: the other seventeen identifiers and ages over 89 have to be removed or pooled before. The "
            "rule does not count people in a cell.",
        ),
        citation=Text(
            vi="Hoa Kỳ, 45 CFR 164.514(b)(2)(i)(B), quy tắc về quyền riêng tư HIPAA",
            en="United States, 45 CFR 164.514(b)(2)(i)(B), HIPAA Privacy Rule",
        ),
        version=Text(vi="sửa đổi tháng 8/2002", en="as amended in August 2002"),
        checked=True,
        safety=SafetyRules(policy="hipaa_safe_harbor", population_floor=20_001),
        definition=False,
    ),
)
