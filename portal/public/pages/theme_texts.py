"""What each theme holds, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.record import THEME_LABELS
from catalog.vietnamese import strip_marks
from datasets.text import Bilingual

THEMES: Mapping[str, Bilingual] = {
    "examination-treatment": Bilingual(
        vi="Ai đến khám, ai nằm viện, vì bệnh gì, bao lâu và kết quả ra sao.",
        en="Who is seen and who is admitted, for what, for how long, and with what result.",
    ),
    "preventive-medicine": Bilingual(
        vi="Bệnh truyền nhiễm và các bệnh khác được theo dõi, giám sát và phòng, chống như thế nào.",
        en="How infectious and other diseases are watched, investigated and prevented.",
    ),
    "vaccination": Bilingual(
        vi="Vắc xin nào đã tiêm, cho ai, ở đâu, và bao nhiêu người được tiêm đủ.",
        en="Which vaccines were given, to whom and where, and how many people are fully vaccinated.",
    ),
    "health-insurance": Bilingual(
        vi="Số người tham gia bảo hiểm y tế, số lượt khám, chữa bệnh và chi phí được quỹ chi trả.",
        en="How many people are insured, what care they received, and what the fund paid for it.",
    ),
    "health-workforce": Bilingual(
        vi="Số bác sĩ, điều dưỡng và nhân viên y tế khác, làm việc ở đâu và theo chuyên môn nào.",
        en="How many physicians, nurses and other health workers there are, where, and in which profession.",
    ),
    "medical-equipment": Bilingual(
        vi="Thiết bị y tế được đăng ký lưu hành, thiết bị và giường bệnh đang có ở các cơ sở.",
        en="Which medical devices are registered, and which equipment and beds facilities have.",
    ),
    "pharmacy": Bilingual(
        vi="Thuốc được cấp phép lưu hành, giá thuốc, cơ sở sản xuất và cơ sở bán lẻ.",
        en="Which medicines are registered, what they cost, and who makes and sells them.",
    ),
    "commune-health": Bilingual(
        vi="Trạm y tế và công việc chăm sóc sức khỏe ban đầu ở xã, phường, đặc khu.",
        en="Health stations and primary care in the communes.",
    ),
    "registers": Bilingual(
        vi="Danh sách cơ sở khám bệnh, chữa bệnh, danh mục mã và đơn vị hành chính dùng chung cho các bảng số liệu.",
        en="Lists of facilities, code lists and administrative units that the tables share.",
    ),
    "administration": Bilingual(
        vi="Công việc quản lý của ngành y tế, ví dụ thủ tục hành chính, thanh tra, ngân sách và kế hoạch.",
        en="How the health sector is run, such as procedures, inspections, budgets and plans.",
    ),
}


def theme_in(query: str) -> str:
    """Return the theme whose name stands in a query, with or without accents; empty where none does."""
    typed = f" {' '.join(strip_marks(query).split())} "
    named = (
        (theme, part)
        for theme, label in THEME_LABELS.items()
        for name in (label.vi, label.en)
        for part in strip_marks(name).split(", ")
    )
    return next((theme for theme, part in named if f" {part} " in typed), "")
