"""From when to when, of where, and how much of what was sent in."""

from __future__ import annotations

from catalog.quality.evidence import Evidence
from catalog.quality.findings import Finding, met, not_asked, not_met, partly
from catalog.record import geography_code
from catalog.standards.vocabularies import is_of_viet_nam
from datasets.said import said


def period_finding(start: str, end: str) -> Finding:
    """Both ends of the time that is covered must be known to machines."""
    if start and end:
        return met(said("The time that is covered is known."))
    wrong = [place for place, text in (("coverage.start", start), ("coverage.end", end)) if not text]
    reason = said("No record says from when to when the data is.")
    remedy = said("Name start and end of the coverage, or name editions by their period.")
    return (partly if start or end else not_met)(reason, remedy, *wrong)


def own_period_finding(evidence: Evidence) -> Finding:
    """As above, of a release: an edition that is named by its period says it so."""
    about = evidence.about
    return period_finding(about.period_start or about.coverage.start, about.period_end or about.coverage.end)


def place_finding(evidence: Evidence) -> Finding:
    """The place must be known by a code, or by the name of the country: words alone are found by no map."""
    if geography_code(evidence.about, evidence.codelists) or is_of_viet_nam(evidence.about):
        return met(said("The place that is covered is known to machines."))
    reason = said("The area is told in words that no machine knows.")
    remedy = said("Begin the area with “Việt Nam” and “Viet Nam”, or use a code list of places.")
    return partly(reason, remedy, "coverage.area")


def rows_finding(evidence: Evidence) -> Finding:
    """What was sent in should be what is published; rows that broke a rule are missing from every number."""
    if evidence.about.kind == "codelist":
        return not_asked(said("A code list has no source rows."))
    left = evidence.about.rows_left_out
    if not left:
        return met(said("Every row of the source was used."))
    reason = said("%(count)s rows of the source broke a rule and are in no number.", count=left)
    return partly(reason, said("Correct them at the source and publish the edition again."), "source.max_bad_rows")
