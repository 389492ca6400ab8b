"""Moments as staff in Viet Nam read them, with the same moment in UTC, which the store keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

VIETNAM_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Indochina Time has no daylight saving, so a fixed offset is exact and needs no time zone files."""


def moment_in_words(moment: datetime) -> str:
    """Return an aware moment in both times.

    >>> moment_in_words(datetime(2027, 3, 1, 2, tzinfo=UTC))
    '09:00 on 01/03/2027 in Viet Nam (2027-03-01 02:00 UTC)'
    """
    here, there = moment.astimezone(VIETNAM_TIME), moment.astimezone(UTC)
    return f"{here:%H:%M} on {here:%d/%m/%Y} in Viet Nam ({there:%Y-%m-%d %H:%M} UTC)"
