"""Policies of other countries, of the European Union, and of research environments that several of them share."""

from __future__ import annotations

from anonymization.named_policies.policy import Policy, UnavailablePolicy, same
from anonymization.words import Text
from datasets.disclosure import Denominators, Dominance, PPercent, SafetyRules

POLICIES = (
    Policy(
        name="aihw",
        summary=Text(
            vi="Ô có từ 1 đến 4 ca, và mọi số liệu về một vùng có dưới 300 dân, không công bố, cùng các ô cần ẩn thêm; "
            "tỷ suất cần ít nhất 20 ca và 1.000 dân.",
            en="Cells of 1 to 4, and everything about an area of fewer than 300 people, are withheld with the cells "
            "that follow from it; rates need 20 events and 1,000 people.",
        ),
        citation=Text(
            vi="Viện Y tế và Phúc lợi Úc (AIHW), cấp cứu mức độ nhẹ 2017-18 đến 2023-24, ghi chú kỹ thuật, bảng T3",
            en="Australian Institute of Health and Welfare, ED presentations for lower urgency care 2017-18 to 2023-24,"
            " technical notes, table T3",
        ),
        version=Text(vi="số liệu đến 2023-24", en="data to 2023-24"),
        checked=True,
        safety=SafetyRules(
            policy="aihw", frequency=5, population_floor=300, denominators=Denominators(events=20, population=1_000)
        ),
        definition=False,
    ),
    Policy(
        name="aihw_hospitalisations",
        summary=Text(
            vi="Như aihw, nhưng tỷ suất cần ít nhất 2.500 dân.",
            en="As aihw, but rates need 2,500 people.",
        ),
        citation=Text(
            vi="Viện Y tế và Phúc lợi Úc (AIHW), nhập viện có thể phòng tránh 2017-2024, ghi chú kỹ thuật",
            en="Australian Institute of Health and Welfare, Potentially preventable hospitalisations 2017-2024,"
            " technical notes",
        ),
        version=Text(vi="số liệu đến năm 2024", en="data to 2024"),
        checked=True,
        safety=SafetyRules(
            policy="aihw_hospitalisations",
            frequency=5,
            population_floor=300,
            denominators=Denominators(events=20, population=2_500),
        ),
        definition=False,
    ),
    Policy(
        name="acro_default",
        summary=Text(
            vi="Ô có dưới 10 người thì không công bố, và số 0 cũng coi là làm lộ thông tin. Tổng mà hai bên đóng góp "
            "lớn nhất chiếm trên 90 %, hoặc phần còn lại dưới 10 % của bên lớn nhất, cũng không công bố. "
            "Định nghĩa của tập dữ liệu chỉ áp dụng hai quy tắc về tổng khi nêu cột của các bên đóng góp.",
            en="Fewer than 10 are withheld and zeros are disclosive. Sums of which the two largest have over 90 %, or "
            "of which the rest is under 10 % of the largest, are withheld as well. A dataset's "
            "definition applies the rules for sums only where it names the column of contributors.",
        ),
        citation=same("ACRO, acro/default.yaml"),
        version=Text(vi="phiên bản 07a2728", en="revision 07a2728"),
        checked=True,
        safety=SafetyRules(
            policy="acro_default",
            frequency=10,
            zeros="protect",
            dominance=(Dominance(n=2, k=90),),
            p_percent=PPercent(p=10),
        ),
    ),
)

UNAVAILABLE = (
    UnavailablePolicy(
        name="eu_census_2021",
        reason=Text(
            vi="phương pháp gồm hoán đổi hồ sơ có chủ đích trong dữ liệu gốc và nhiễu theo khóa ô, với các tham số do "
            "mỗi nước chọn; đây không phải là quy tắc ẩn ô",
            en="it is record swapping in the source and cell-key noise with parameters that each country chooses, not "
            "a rule for withholding cells",
        ),
        citation=Text(
            vi="Eurostat, phương pháp hài hòa cho tổng điều tra năm 2021; F. Bach, arXiv 2012.09775",
            en="Eurostat, harmonised protection of the 2021 census; F. Bach, arXiv 2012.09775",
        ),
        version=Text(vi="tháng 12/2020", en="December 2020"),
    ),
    UnavailablePolicy(
        name="stats_nz_census",
        reason=Text(
            vi="mọi số đếm được làm tròn ngẫu nhiên đến bội số của 3, và chỉ một số bảng mới ẩn số nhỏ",
            en="every count is randomly rounded to base 3, and only some tables withhold small ones",
        ),
        citation=Text(
            vi="Stats NZ, quy tắc bảo mật của tổng điều tra năm 2013",
            en="Stats NZ, 2013 Census confidentiality rules and how they are applied",
        ),
        version=Text(vi="tháng 12/2013", en="December 2013"),
    ),
    UnavailablePolicy(
        name="statcan_census",
        reason=Text(
            vi="mọi số đếm được làm tròn ngẫu nhiên đến bội số của 5; vùng có dưới 40 dân (100 với mã bưu chính, 250 "
            "với thu nhập) không được công bố",
            en="every count is randomly rounded to base 5; areas of fewer than 40 people (100 for postal codes, 250 "
            "for income) are not shown",
        ),
        citation=Text(
            vi="Cơ quan Thống kê Canada, tổng điều tra năm 2011, quy tắc bảo mật",
            en="Statistics Canada, 2011 Census, confidentiality (non-disclosure) rules",
        ),
        version=Text(vi="năm 2011", en="2011"),
    ),
)
