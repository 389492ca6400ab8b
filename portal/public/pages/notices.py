"""What people are told of columns, tables and lists that have another name now, or that are about to go."""

from __future__ import annotations

from datetime import date

from datasets.notices import RetiringPart
from datasets.release import ReleaseDescription
from portal.shared.wording import Wording


def notice_texts(description: ReleaseDescription, today: date, words: Wording) -> tuple[str, ...]:
    """Return a sentence for each notice that matters today; an older name that is over matters no more."""
    renamed = tuple(
        words.gettext(
            "The column %(old)s is called %(new)s now. Programs may ask for it by the older name until the end of"
            " %(day)s; downloaded files have the new name."
        )
        % {"old": one.old, "new": one.new, "day": words.day(one.until)}
        for one in description.renamed
        if today <= one.until
    )
    return (*renamed, *(_retiring(part, description, today, words) for part in description.retiring))


def _retiring(part: RetiringPart, description: ReleaseDescription, today: date, words: Wording) -> str:
    told = {
        "what": _named(part.place, description, words),
        "day": words.day(part.until),
        "reason": words.of(part.reason),
    }
    if part.until < today:
        return words.gettext("%(what)s may go any day: the notice ended on %(day)s. %(reason)s") % told
    return words.gettext("%(what)s is sure to be there until the end of %(day)s only. %(reason)s") % told


def _named(place: str, description: ReleaseDescription, words: Wording) -> str:
    kind, *names = place.split(".")
    if not names:
        return words.gettext("The column %(name)s") % {"name": place}
    if kind == "codelists":
        return words.gettext("The code list %(name)s") % {"name": names[0]}
    titles = {table.id: words.of(table.title) for table in description.tables}
    table = titles.get(names[0], words.of(description.title))
    if len(names) == 1:
        return words.gettext("The table “%(table)s”") % {"table": table}
    return words.gettext("The column %(name)s of the table “%(table)s”") % {"name": names[1], "table": table}
