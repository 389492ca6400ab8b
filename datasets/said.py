"""A sentence in English that keeps what it was made of, so that the portal can say it in Vietnamese as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping


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
    values = {
        name: translated(value, gettext) if isinstance(value, str) else value for name, value in text.values.items()
    }
    message = gettext(text.message) if text.message.strip() else text.message
    return message % values if values else message
