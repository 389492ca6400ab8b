"""What direct identifiers of people look like in Viet Nam: their shapes, their headers, and what tells them apart.

Sources: identity numbers, Circular 59/2021/TT-BCA (3 digits of place, 1 of sex and century, 2 of birth year, 6 more);
insurance numbers, Decision 1351/QD-BHXH (2 letters, 1 digit, 2 of place, 10 more); numbering plan of 2018 for phones.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PROVINCES_OF_BIRTH_TEXT = (
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 "
    "042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 "
    "086 087 089 091 092 093 094 095 096"
)
_PROVINCES_OF_BIRTH = frozenset(_PROVINCES_OF_BIRTH_TEXT.split())
_LAST_BIRTH_YEAR = 40
"""Of this century: numbers of people not yet born are other numbers."""

_BETWEEN = "[ ./_-]?"
TWELVE_DIGITS = re.compile(rf"(?<![0-9])(?<![0-9][.,])[0-9](?:{_BETWEEN}[0-9]){{11}}(?![0-9]|[.,][0-9])")
NINE_DIGITS = re.compile(rf"(?<![0-9])(?<![0-9][.,])[0-9](?:{_BETWEEN}[0-9]){{8}}(?![0-9]|[.,][0-9])")
"""An old identity card; so is many another number."""
TEN_DIGITS = re.compile(rf"(?<![0-9])(?<![0-9][.,])[0-9](?:{_BETWEEN}[0-9]){{9}}(?![0-9]|[.,][0-9])")
"""An insurance number of the new form; so is many another number."""
INSURANCE = re.compile(
    rf"(?<![0-9A-Za-z])[A-Z]{{2}}{_BETWEEN}[1-5](?:{_BETWEEN}[0-9]){{12}}(?![0-9A-Za-z])", re.IGNORECASE
)
EMAIL = re.compile(
    r"[\w.%+-]+(?:@|\s?[(\[]\s?(?:at|a còng)\s?[)\]]\s?)[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}", re.IGNORECASE
)
_LATITUDE, _LONGITUDE = r"(?:[89]|1[0-9]|2[0-3])[.,][0-9]{4,}", r"10[2-9][.,][0-9]{4,}"
_APART = r"\s?°?\s?[NSEWBĐ]?\s*[,;/ ]\s*"
_DEGREES = r"[0-9]{1,3}\s?°\s?[0-9]{1,2}\s?['′]\s?[0-9]{1,2}"
COORDINATES = re.compile(
    rf"(?<![0-9.])(?:{_LATITUDE}{_APART}{_LONGITUDE}|{_LONGITUDE}{_APART}{_LATITUDE})(?![0-9])|{_DEGREES}"
)
DATE = re.compile(r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})(?:[ T].*)?")
PASSPORT = re.compile(r"[A-Z][0-9]{7,8}", re.IGNORECASE)

_UNSEEN = frozenset("\u034f\u115f\u1160\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10))))
"""Letters and marks without a shape, besides the format characters (Cf)."""
_LOOKALIKES = {"\u2044": "/", "\u2215": "/", "\u29f8": "/", "\u2212": "-", "\u3002": ".", "\u00b7": ".", "\u2022": "."}

_SURNAMES_TEXT = (
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dao doan vuong trinh truong lam mai "
    "dinh phung ha cao ta luong to chau thai quach nong trieu lo vang giang sung thao hua la lai kieu chu tu tong "
    "van thach kim son danh luu nghiem quan bach doan dam tang mac khong ninh phi au be cu cung diep dau giap han "
    "khuc loc luc lu ma nham ton than tieu tra trang ung vi siu ksor kpa rmah nie mlo dieu khuat "
    "ong vien thieu uong viet ngu nghi lanh hang cam hoa tien chung dong"
)
_SURNAMES = frozenset(_SURNAMES_TEXT.split())
_PLACES_TEXT = (
    "benh tram xa phuong huyen tinh thanh thi quan dac khoa phong nha trung cong cua ban so vien tong chi cuc vung khu "
    "hospital clinic centre center station pharmacy company district province ward commune city department region"
)
_PLACES = frozenset(_PLACES_TEXT.split())
"""What the name of a place or an institution begins with, or holds."""
_BESIDE = 24
"""Letters; what is farther from a number does not say what it is."""
_HEADERS = {
    "identity": r"cccd|can cuoc( cong dan)?|so dinh danh( ca nhan)?|dinh danh ca nhan|cmnd|cmt|cmtnd"
    r"|chung minh( nhan dan| thu)?|giay to tuy than"
    r"|(identity|id) (card|number|no)|(national|citizen|personal) id",
    "insurance": r"bhyt|bhxh|ma the|so the|the bao hiem|so bao hiem|insurance (number|no|card|id|code)",
    "phone": r"dien thoai|sdt|so dt|dt|di dong|phone( number| no)?|mobile|tel|telephone|cell|hotline|zalo",
    "tax": r"thue|mst|tax",
    "amount": r"chi(?! tiet)|so tien|gia tri|phi|kinh phi|thanh toan|dong|vnd|quy|luot|nguoi|so ca|tong( so)?"
    r"|costs?|amount|price|payments?|paid|expenditure|spending|revenue|claims|count|cases|total|visits|persons",
    "name": r"ho( va)? ten|hoten|ho ten dem|ten (benh nhan|bn|nguoi benh|nguoi|bac si|bs|duoc si|me|cha|bo|chu ho|con)"
    r"|(full|patient|person|given|family|first|last|middle|mother|father|doctor|physician|owner) ?names?"
    r"|fullname|surname|benh nhan|nguoi benh|nguoi (phu trach|hanh nghe|lien he|dai dien)|chu ho"
    r"|bac si|practitioner|pharmacist",
    "latitude": r"lat|latitude|vi do|y coord|coord y|toa do y|gps lat",
    "longitude": r"long|lon|lng|longitude|kinh do|x coord|coord x|toa do x|gps long",
    "birth": r"ngay sinh|ngay thang nam sinh|ng sinh|sinh ngay|date of birth|birth ?date|birth ?day|dob|d o b",
    "passport": r"passport( number| no)?|ho chieu",
    "record": r"(ma|so) (benh nhan|bn|nguoi benh|ho so|benh an|luu tru)|patient (id|no|nbr|number|key)|person (id|key)"
    r"|medical record( number| no)?|mrn|encounter (id|no|nbr|number)|ma y te",
}
_HEADER_PATTERNS = {kind: re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])") for kind, words in _HEADERS.items()}


def readable(text: str) -> str:
    """Return ``text`` as a person reads it, in the plainest characters that look so.

    Compatibility forms (full-width, mathematical) are folded by NFKC, digits of any script become ASCII, every dash a
    hyphen, every slash a slash, and what cannot be seen at all is left out.
    """
    if text.isascii() and text.isprintable():
        return text
    # What is left out may have kept a letter from its mark, so that only the second time brings them together.
    seen = "".join(map(_plain, unicodedata.normalize("NFKC", text)))
    return unicodedata.normalize("NFKC", seen).strip()


def _plain(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cf" or letter in _UNSEEN:
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "-" if kind == "Pd" else _LOOKALIKES.get(letter, letter)


@lru_cache(maxsize=10_000)
def folded(text: str) -> str:
    """Return ``text`` in small letters without marks, in words: ``SoCCCD``, ``số_cccd`` → ``so cccd``."""
    marks = unicodedata.normalize("NFD", readable(text).replace("đ", "d").replace("Đ", "D"))
    letters = "".join(letter for letter in marks if not unicodedata.combining(letter))
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", letters).lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", apart).split())


def header_says(kind: str, header: str) -> bool:
    """Return whether a column's name announces ``kind``, one of the keys above."""
    return _HEADER_PATTERNS[kind].search(folded(header)) is not None


def says_beside(kind: str, text: str, number: re.Match[str]) -> bool:
    """Return whether the words of ``text`` around ``number`` announce ``kind`` and no amount."""
    before = text[max(number.start() - _BESIDE, 0) : number.start()]
    around = before + " " + text[number.end() : number.end() + _BESIDE // 2]
    return header_says(kind, before) and not header_says("amount", around)


def is_identity_number(digits: str) -> bool:
    """Return whether 12 digits can be a personal identity number: a place, a sex and century, a birth year."""
    return (
        len(digits) == 12
        and digits[:3] in _PROVINCES_OF_BIRTH
        and digits[3] in "0123"
        and (digits[3] in "01" or int(digits[4:6]) <= _LAST_BIRTH_YEAR)
    )


def is_person_name(text: str, *, expected: bool = False) -> bool:
    """Return whether ``text`` can be a person's name.

    A Vietnamese name is 2 to 5 capitalised syllables of which the first is a family name. Where a header announces
    names (``expected``), any 2 to 5 words of letters that name no institution will do.
    """
    words = text.split()
    if not 2 <= len(words) <= 5 or not all(_is_name_word(word) for word in words):
        return False
    plain = [folded(word) for word in words]
    if expected:
        return plain[0] not in _PLACES and plain[-1] not in _PLACES
    return plain[0] in _SURNAMES and all(word[0].isupper() for word in words)


def _is_name_word(word: str) -> bool:
    return all(letter.isalpha() or unicodedata.combining(letter) or letter in "'’.-" for letter in word)
