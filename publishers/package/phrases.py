"""Sentences that several files of a package share, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from anonymization.words import Text
from datasets.release import ReleaseDescription
from datasets.text import Bilingual

SYNTHETIC_WARNING = Bilingual(
    vi="DỮ LIỆU GIẢ LẬP: các con số do máy tạo ra để minh họa, không mô tả người hay sự việc có thật.",
    en="SYNTHETIC DATA: the numbers are made up for demonstration and describe no real people or events.",
)
SYNTHETIC_COLUMN = Bilingual(vi="Dữ liệu giả lập", en="Synthetic data")
SYNTHETIC_TYPE = "http://publications.europa.eu/resource/authority/dataset-type/SYNTHETIC_DATA"
"""The EU's term for made-up data, for programs that know no other word."""

PERIODS = {
    "weekly": Bilingual(vi="Hằng tuần", en="Weekly"),
    "monthly": Bilingual(vi="Hằng tháng", en="Monthly"),
    "quarterly": Bilingual(vi="Hằng quý", en="Quarterly"),
    "yearly": Bilingual(vi="Hằng năm", en="Yearly"),
    "irregular": Bilingual(vi="Không định kỳ", en="Irregular"),
    "once": Bilingual(vi="Một lần", en="Once"),
}

CODELIST_TITLES = {
    "code": Bilingual(vi="Mã", en="Code"),
    "label_vi": Bilingual(vi="Tên tiếng Việt", en="Vietnamese label"),
    "label_en": Bilingual(vi="Tên tiếng Anh", en="English label"),
    "level": Bilingual(vi="Cấp", en="Level"),
    "parent": Bilingual(vi="Mã cấp trên", en="Code of the parent"),
    "valid_from": Bilingual(vi="Có hiệu lực từ ngày", en="Valid from"),
    "valid_to": Bilingual(vi="Có hiệu lực đến ngày", en="Valid to"),
    "range_from": Bilingual(vi="Từ giá trị", en="First value of the range"),
    "range_to": Bilingual(vi="Đến giá trị", en="Last value of the range"),
    "successor": Bilingual(vi="Mã thay thế", en="Code that replaced it"),
}
"""What the columns of a code list are called."""


def paragraphs(texts: Sequence[Text]) -> Bilingual:
    """Return one text of which each of these is a paragraph."""
    return Bilingual(vi="\n\n".join(one.vi for one in texts), en="\n\n".join(one.en for one in texts))


def summary(description: ReleaseDescription) -> Bilingual:
    """Return what a dataset is about; of made-up data, the warning comes first."""
    if not description.synthetic:
        return description.summary
    warning, told = SYNTHETIC_WARNING, description.summary
    return Bilingual(vi=f"{warning.vi} {told.vi}", en=f"{warning.en} {told.en}")


def day(text: str) -> Bilingual:
    """Return an ISO 8601 day as Vietnamese readers write it, and as it is for all others."""
    return Bilingual(vi=date.fromisoformat(text).strftime("%d/%m/%Y"), en=text)


def status_title(measure: Bilingual) -> Bilingual:
    """Return what the status column of a measure is called."""
    return Bilingual(vi=f"{measure.vi}: trạng thái", en=f"{measure.en}: status")


def rows_left_out(description: ReleaseDescription) -> Bilingual:
    """Say how many rows of the source a release does not hold."""
    count = f"{description.rows_left_out:,}"
    vi_count = count.replace(",", ".")
    en = "row of the source could not be used because it broke a rule, and is not in this data."
    if description.rows_left_out > 1:
        en = "rows of the source could not be used because they broke a rule, and are not in this data."
    return Bilingual(
        vi=f"{vi_count} dòng của dữ liệu gốc không dùng được vì sai quy tắc và không có trong dữ liệu này.",
        en=f"{count} {en}",
    )
