"""A sentence in English that keeps what it was made of, so that the portal can say it in Vietnamese as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping

LANGUAGE = "en"
"""The message that each language translates with its own code; messages are written in English."""


class Said(str):
    """Text for people: English as it stands, with its message and the values in it, which may be such texts too."""

    message: str
    values: Mapping[str, object]

    @classmethod
    def of(cls, message: str, values: Mapping[str, object]) -> Said:
        text = cls(message % values if values else message)
        text.message, text.values = message, values
        return text

    def __reduce__(self) -> tuple[Callable[..., Said], tuple[str, Mapping[str, object]]]:
        return Said.of, (self.message, self.values)


class SaidInBoth(Said):
    """A name that comes with the data, in both languages: English as it stands."""

    vietnamese: str

    @classmethod
    def named(cls, *, vi: str, en: str) -> SaidInBoth:
        text = cls(en)
        text.message, text.values, text.vietnamese = en, {}, vi
        return text

    def __reduce__(self) -> tuple[Callable[..., Said], tuple[str, Mapping[str, object]]]:
        return _in_both, (str(self), {"vi": self.vietnamese})


def _in_both(en: str, others: Mapping[str, str]) -> Said:
    return SaidInBoth.named(vi=others["vi"], en=en)


def said(message: str, **values: object) -> Said:
    """Make a text of ``message``; its literal is collected for translation, as gettext's is."""
    return Said.of(message, values)


def joined(*texts: str, between: str = " ") -> Said:
    """Join texts that are translated one by one; empty ones are left out."""
    values = {f"part{number}": text for number, text in enumerate(texts) if text}
    return Said.of(between.join(f"%({name})s" for name in values), values)


def translated(text: str, gettext: Callable[[str], str]) -> str:
    """Return ``text`` as ``gettext`` says it; what was not made here is returned as it is.

    >>> translated(said("%(count)s more", count=3), {"%(count)s more": "còn %(count)s nữa"}.__getitem__)
    'còn 3 nữa'
    """
    if not isinstance(text, Said):
        return text
    if isinstance(text, SaidInBoth):
        return text.vietnamese if gettext(LANGUAGE) == "vi" else str(text)
    values = {
        name: translated(value, gettext) if isinstance(value, str) else value for name, value in text.values.items()
    }
    message = gettext(text.message) if text.message.strip() else text.message
    return message % values if values else message
