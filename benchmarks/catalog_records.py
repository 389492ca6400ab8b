"""Made-up catalog records, as many as asked for, about as wordy as real ones and with real provinces and diseases."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from catalog.record import LEVEL_LABELS, THEME_LABELS, CatalogField, CatalogRecord
from datasets.text import Bilingual, BilingualList

TOPICS = (
    ("sốt xuất huyết", "dengue"), ("sởi", "measles"), ("tay chân miệng", "hand, foot and mouth disease"),
    ("ho gà", "pertussis"), ("bạch hầu", "diphtheria"), ("viêm não Nhật Bản", "Japanese encephalitis"),
    ("thủy đậu", "chickenpox"), ("quai bị", "mumps"), ("lao phổi", "tuberculosis"), ("sốt rét", "malaria"),
    ("tiêm chủng mở rộng", "expanded immunisation"), ("giường bệnh", "hospital beds"), ("bác sĩ", "doctors"),
    ("điều dưỡng", "nurses"), ("nhà thuốc", "pharmacies"), ("trạm y tế xã", "commune health stations"),
    ("bảo hiểm y tế", "health insurance"), ("suy dinh dưỡng trẻ em", "child malnutrition"),
    ("khám thai", "antenatal care"), ("đái tháo đường", "diabetes"), ("tăng huyết áp", "hypertension"),
    ("đơn thuốc điện tử", "electronic prescriptions"), ("chi phí khám chữa bệnh", "treatment cost"),
)  # fmt: skip
_COUNTED = (
    ("Số ca mắc", "Cases of"), ("Số ca tử vong do", "Deaths from"), ("Tỷ lệ", "Rate of"), ("Số lượt", "Visits for"),
    ("Số cơ sở", "Facilities for"), ("Danh sách", "List of"), ("Chi phí", "Cost of"), ("Dự báo", "Projection of"),
)  # fmt: skip
_BY = (
    ("theo tháng", "by month"), ("theo nhóm tuổi", "by age group"), ("theo giới tính", "by sex"),
    ("theo cấp quản lý", "by management level"), ("theo loại hình", "by type"), ("theo tuần", "by week"),
)  # fmt: skip
PLACES = (
    ("Hà Nội", "Hanoi"), ("Huế", "Hue"), ("Đà Nẵng", "Da Nang"), ("Cần Thơ", "Can Tho"), ("Hải Phòng", "Hai Phong"),
    ("Đồng Nai", "Dong Nai"), ("Lâm Đồng", "Lam Dong"), ("Đắk Lắk", "Dak Lak"), ("Gia Lai", "Gia Lai"),
    ("An Giang", "An Giang"), ("Cà Mau", "Ca Mau"), ("Quảng Trị", "Quang Tri"), ("Nghệ An", "Nghe An"),
    ("Thanh Hóa", "Thanh Hoa"), ("Sơn La", "Son La"), ("Lai Châu", "Lai Chau"), ("Cao Bằng", "Cao Bang"),
)  # fmt: skip
_FREQUENCIES = ("weekly", "monthly", "quarterly", "yearly", "irregular")
_FORMATS = ("csv", "xlsx", "parquet", "json")
_ONSETS = ("b", "c", "ch", "d", "g", "h", "kh", "l", "m", "n", "ng", "nh", "ph", "qu", "s", "t", "th", "tr", "v", "x")
_RIMES = (
    "a",
    "ai",
    "am",
    "an",
    "ang",
    "ao",
    "e",
    "en",
    "i",
    "inh",
    "iên",
    "oa",
    "ong",
    "ô",
    "uân",
    "uyên",
    "ư",
    "ương",
)


def made_up_records(number: int, seed: int = 20_261_126) -> Iterator[CatalogRecord]:
    """Yield ``number`` records; the same seed makes the same ones."""
    chance = Random(seed)  # noqa: S311
    for at in range(number):
        yield made_up_record(at, chance)


def made_up_record(at: int, chance: Random) -> CatalogRecord:
    """Return the record with number ``at``."""
    topic, counted, by, place = (chance.choice(each) for each in (TOPICS, _COUNTED, _BY, PLACES))
    level = chance.choice(list(LEVEL_LABELS))
    theme = chance.choice(list(THEME_LABELS))
    start = chance.randint(1995, 2025)
    unit = f"{_name(chance)} {_name(chance)}"
    return CatalogRecord(
        id=f"made-up-{at:06}",
        kind="statistics",
        title=Bilingual(
            vi=f"{counted[0]} {topic[0]} tại {place[0]} {by[0]}", en=f"{counted[1]} {topic[1]} in {place[1]} {by[1]}"
        ),
        summary=Bilingual(
            vi=f"Số liệu {topic[0]} do {unit} thu thập từ các cơ sở y tế, {by[0]}, dùng để theo dõi và lập kế hoạch.",
            en=f"Figures on {topic[1]} collected by {unit} from health facilities, {by[1]}, for planning.",
        ),
        keywords=BilingualList(vi=(topic[0], place[0], unit), en=(topic[1], place[1])),
        publisher_id=f"publisher-{at % 80}",
        publisher_name=Bilingual(vi=f"Sở Y tế {place[0]} {at % 80}", en=f"Department of Health {place[1]} {at % 80}"),
        theme=theme,
        theme_label=THEME_LABELS[theme],
        licence=chance.choice(("CC-BY-4.0", "CC0-1.0")),
        frequency=chance.choice(_FREQUENCIES),
        coverage_start=str(start),
        coverage_end=str(min(2026, start + chance.randint(0, 10))),
        geography_level=LEVEL_LABELS[level],
        geography_code=level,
        dimensions=(CatalogField(name="area", title=Bilingual(vi="Nơi", en="Area"), role="geography"),),
        measures=(CatalogField(name="number", title=Bilingual(vi="Số lượng", en="Number")),),
        members=tuple(Bilingual(vi=vi, en=en) for vi, en in chance.sample(PLACES, 5)),
        formats=tuple(chance.sample(_FORMATS, 2)),
        latest_edition=str(start),
        published_at=f"{chance.randint(2015, 2026)}-{chance.randint(1, 12):02}-01T00:00:00+00:00",
    )


def _name(chance: Random) -> str:
    return f"{chance.choice(_ONSETS)}{chance.choice(_RIMES)}".capitalize()
