"""Reads what is typed behind a command: editions, releases and moments, with an example for each that is wrong."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

from datasets.envelope import unseal
from datasets.errors import Problem, SettingInvalid, UsageInvalid
from datasets.names import check_edition
from datasets.release import Head
from datasets.signing import PublicKey
from datasets.store_layout import is_object_name
from datasets.text import Bilingual, is_blank
from datasets.text_checks import MAX_TEXT, flaw_of
from publishers.edition_names import period_meant


def embargo_of(text: str | None, now: datetime) -> datetime | None:
    """Return the moment that ``--embargo`` names, in UTC unless it says otherwise; None where it is not given.

    Raises UsageInvalid where it cannot be read or is not after ``now``.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        remedy = (
            "write 2027-03-01T02:00 (UTC), which is 9 o'clock in the morning in Viet Nam, or 2027-03-01T09:00+07:00"
        )
        problem = Problem("--embargo", "must be a day and a time in the order year, month, day", remedy)
        raise UsageInvalid("The embargo cannot be read", problems=[problem]) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= now:
        remedy = "leave --embargo out to publish at once, or name a moment that is still to come"
        problem = Problem("--embargo", "must be in the future", remedy)
        raise UsageInvalid("The embargo would have ended already", problems=[problem])
    return moment.astimezone(UTC)


def checked_edition(edition: str) -> str:
    """Return ``edition`` if it can be the name of one."""
    try:
        return check_edition(edition)
    except ValueError as error:
        meant = period_meant(edition)
        remedy = f"did you mean {meant}?" if meant else "name the reference period, such as 2026 or 2026-03"
        problem = Problem("--edition", str(error), remedy)
        raise SettingInvalid("The edition has a name that cannot be used", problems=[problem]) from None


def edition_and_version(release: str) -> tuple[str, int]:
    """Return both parts of the name of a release, such as 2026-03.1."""
    edition, _, version = release.rpartition(".")
    if not (edition and re.fullmatch("[1-9][0-9]{0,8}", version)):
        problem = Problem("release", "must be edition and version", "write it as the portal does, such as 2026-03.1")
        raise SettingInvalid("The release cannot be found by this name", problems=[problem])
    return edition, int(version)


def reason_of(vi: str, en: str) -> Bilingual:
    """Return the reason of a withdrawal, which everybody reads in either language."""
    if is_blank(vi) or is_blank(en):
        problem = Problem("--reason-vi, --reason-en", "must both be given", "write the reason in both languages")
        raise SettingInvalid("A withdrawal needs its reason", problems=[problem])
    texts = {"--reason-vi": unicodedata.normalize("NFC", vi), "--reason-en": unicodedata.normalize("NFC", en)}
    flaws = {name: flaw_of(text, longest=MAX_TEXT, one_line=False) for name, text in texts.items()}
    problems = [Problem(name, *flaw) for name, flaw in flaws.items() if flaw is not None]
    if problems:
        raise SettingInvalid("A withdrawal needs a reason that can be shown", problems=problems)
    return Bilingual(vi=texts["--reason-vi"], en=texts["--reason-en"])


def is_store(path: Path) -> bool:
    """Say whether a folder is a release store, and not an unpacked package."""
    return (path / "releases").is_dir() or (path / "head.json").is_file()


def kept_head(given: str | None, public_key: Path, *, of_store: bool) -> Head | str | None:
    """Return what somebody noted of a store earlier: a head that is read from a file, or the SHA-256 of an envelope."""
    if given is None:
        return None
    if not of_store:
        problem = Problem("--head", "is of a store, and this is a package", "leave it out")
        raise UsageInvalid("A package has no head", problems=[problem])
    if is_object_name(given):
        return given
    try:
        content = Path(given).read_bytes()
    except OSError as error:
        rule = f"{given} cannot be read: {error.strerror}"
        problem = Problem("--head", rule, "name a copy of head.json, or the 64 digits of the SHA-256 of an envelope")
        raise UsageInvalid("There is no such head", problems=[problem]) from None
    return unseal(content, PublicKey.from_file(public_key), Head, given)


def key_for(path: Path, given: Path | None) -> Path:
    """Return the public key that ``path`` is verified with: the one given, or a store's own."""
    if not path.exists():
        remedy = "correct the path: it must lead to a release store, to a downloaded ZIP file or to its folder"
        raise UsageInvalid("There is nothing to verify", problems=[Problem(str(path), "is no file or folder", remedy)])
    if given is not None:
        return given
    if is_store(path):
        return path / "public-key.pem"
    remedy = f"ytemo verify {path} --public-key public-key.pem, with the key from the publisher's site"
    problem = Problem("--public-key", "must be given for a package, which does not bring its own key", remedy)
    raise UsageInvalid("A key is needed to verify a package", problems=[problem])
