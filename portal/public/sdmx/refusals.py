"""What SDMX-REST refuses with a status of its own, and how errors of ours are told there."""

from __future__ import annotations

from datasets.said import said


class Refusal(Exception):
    """A request that cannot be answered, with the status by which SDMX-REST says so."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class NoContent(Exception):
    """The question is sound, and nothing answers it."""


def not_found(text: str) -> Refusal:
    return Refusal(404, text)


def no_such_address() -> Refusal:
    """Make the refusal of an address that the standard has not, or that is longer than any that it has."""
    names = "/sdmx/v2/structure, /sdmx/v2/data, /sdmx/v2/availability"
    return not_found(said("There is nothing at this address. Queries begin with: %(names)s", names=names))


def too_long(most: int) -> Refusal:
    return Refusal(414, said("The address is longer than %(count)s characters. Name fewer codes in it", count=most))


def not_acceptable(offered: str) -> Refusal:
    return Refusal(406, said("None of the formats that you accept is offered here: %(names)s", names=offered))


def not_offered(what: str) -> Refusal:
    return Refusal(501, said("This part of SDMX-REST is not offered here: %(name)s", name=what))


def too_many(most: int) -> Refusal:
    text = said(
        "The answer has more than %(count)s observations. Name fewer codes in the key, page with limit and offset, or "
        "ask for SDMX-CSV",
        count=most,
    )
    return Refusal(413, text)
