"""Methods, caveats, origin and contact: whether a reader can judge the data, and whom to ask."""

from __future__ import annotations

from catalog.methods_text import parts_by_language, parts_of
from catalog.quality.evidence import Evidence
from catalog.quality.findings import Finding, by_share, met, not_asked, not_met
from datasets.said import said
from datasets.text import LANGUAGES

METHODS_FEWEST = 400
"""Characters of methods in one language; less than a short paragraph explains no source and no gap."""
_NOBODY = ("example", "test", "invalid", "localhost")
"""Domains that are set apart so that nobody has them (RFC 2606, RFC 6761)."""
_METHODS = "methods.md"


def methods_finding(evidence: Evidence) -> Finding:
    """Methods must explain something in each language."""
    parts = parts_by_language(evidence.methods)
    wrong = [each for each in LANGUAGES if len(parts.get(each, "")) < METHODS_FEWEST]
    if not wrong:
        return met(said("The methods are described in both languages."))
    reason = said("The methods have fewer than %(least)s characters in a language.", least=METHODS_FEWEST)
    remedy = said("Say where the numbers come from, how they are counted, and what is missing.")
    return by_share(len(wrong), len(LANGUAGES) + 1, reason=reason, remedy=remedy, places=(_METHODS,))


def caveats_finding(evidence: Evidence) -> Finding:
    """What must be known before use has a section that the page shows above the downloads."""
    parts = parts_by_language(evidence.methods)
    wrong = [each for each in LANGUAGES if not parts_of(parts.get(each, ""), each).caveats]
    if not wrong:
        return met(said("What must be known before use is told in both languages."))
    reason = said("Nothing is told in a language that must be known before use.")
    remedy = said("Write a section “## Trước khi sử dụng” and one “## Before you use it”: gaps, breaks, wrong uses.")
    return by_share(len(wrong), len(LANGUAGES) + 1, reason=reason, remedy=remedy, places=(_METHODS,))


def origin_finding(evidence: Evidence) -> Finding:
    """Data must say whose it was, or by which rule it was reported; a code list, who made it."""
    about = evidence.about
    if about.synthetic:
        return not_asked(said("Made-up data comes from nowhere."))
    sources = [each.source for each in about.codelists] if about.kind == "codelist" else []
    if about.attribution or about.rules or (sources and all(sources)):
        return met(said("It is told where the data comes from."))
    reason = said("It is not told whose data it was, nor by which rule it was reported.")
    remedy = said("Name the source (attribution), or the reporting rule with its number and date (rules).")
    return not_met(reason, remedy, "attribution", "rules")


def contact_finding(evidence: Evidence) -> Finding:
    """Mail to the contact must be able to arrive."""
    domain = evidence.about.contact.email.rpartition("@")[2].lower().split(".")
    if domain[-1] in _NOBODY or domain[-2:-1] == ["example"]:
        reason = said("The e-mail address is one for examples: nobody reads what is sent there.")
        return not_met(reason, said("Name the address of the unit that answers."), "contact.email")
    return met(said("There is an address for questions."))


def publisher_finding(evidence: Evidence) -> Finding:
    """Records lead to the publisher by its web site."""
    if evidence.about.publisher.url:
        return met(said("The web site of the publisher is told."))
    reason = said("The web site of the publisher is missing from every record.")
    return not_met(reason, said("Name the web site of the publisher."), "publisher.url")
