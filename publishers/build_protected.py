"""From the source of an edition to a package in which cells are withheld, or none, as its rules ask."""

from __future__ import annotations

from dataclasses import asdict, replace

from anonymization import protect
from anonymization.policies import resolve
from anonymization.report import describe
from anonymization.utility import costs
from datasets.errors import DisclosureRisk
from datasets.release import DisclosureSummary
from datasets.text import Bilingual
from publishers import cautions, ledger_rests, shown_zeros
from publishers.ledger import Before, Store, earlier_releases
from publishers.ledger_people import days_of, present_period
from publishers.method_changes import check_same_method
from publishers.package.contents import PreviousRelease
from publishers.package.phrases import paragraphs
from publishers.protectable import check_protectable
from publishers.protectable_counts import check_counts
from publishers.public_table import load_denominators, public_tables
from publishers.steps import Built, Job, extracted_source, finished, tabulated, with_cells
from publishers.sums_of_amounts import told_to_readers
from publishers.tabulate.run import table_set


def build_protected(job: Job, previous: PreviousRelease | None, store: Store | None, *, seed: int) -> Built:
    """Make the package of an edition whose small cells are withheld, with others that would tell them."""
    definition = job.loaded.definition
    assert definition.source is not None
    assert definition.disclosure is not None
    rules = resolve(definition.disclosure)
    if rules.method == "suppression":
        check_protectable(definition)
    extracted = extracted_source(job)
    job.progress("tabulate", None)
    tabulation = tabulated(job, extracted)
    if rules.method == "suppression":
        check_counts(tabulation, definition, rules, today=job.today)
    job.progress("read what was published before", None)
    before, given = Before(), table_set(tabulation)
    if store is not None:
        found = store.releases_of_the_same_people(tabulation.plan)
        check_same_method(found, rules)
        before = earlier_releases(store, found, definition=definition, plan=tabulation.plan, tables=given)
    job.progress("protect and audit", None)
    with_earlier = replace(given, earlier=before.releases, days=days_of(present_period(tabulation.plan)))
    try:
        protected = protect(with_earlier, rules, seed=seed)
    except DisclosureRisk as error:
        # What is missing may be why it cannot be protected.
        why = ledger_rests.reasons(with_earlier, rules, seed=seed)
        raise DisclosureRisk(error.message, problems=[*error.problems, *why, *before.warnings]) from None
    tables = public_tables(protected, tabulation, job.loaded, load_denominators(job.loaded, job.folder, job.edition))
    report = describe(protected)
    report = replace(report, text=(*report.text, *told_to_readers(definition)))
    summary = DisclosureSummary(
        rules=rules,
        citation=Bilingual(vi=report.policy_text.vi, en=report.policy_text.en),
        summary=paragraphs([*report.text, report.promised, *([report.not_promised] if report.not_promised else [])]),
        audited=rules.method == "suppression" and protected.audit.passed,
    )
    built = finished(job, with_cells(job, previous, tables, (summary, asdict(report))), extracted)
    rates = cautions.of_rates(definition, [table.data for table in tables.values()])
    zeros = shown_zeros.of_zeros(definition, tabulation.plan, tables.values(), today=job.today)
    gaps = shown_zeros.of_gaps(definition, tables.values())
    warnings = (*before.warnings, *ledger_rests.of_rests(with_earlier, rules), *rates, *zeros, *gaps)
    return replace(built, unprotected=given, same=before.same, warnings=warnings, costs=costs(with_earlier, protected))
