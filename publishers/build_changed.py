"""From the source of an edition to a package in which counts are changed, instead of some being withheld."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial

from datasets.errors import Problem
from publishers.ledger import Store
from publishers.method_changes import check_same_method
from publishers.package.contents import PreviousRelease
from publishers.perturbed import Secret, change_counts, check_perturbable, finished_rules, told
from publishers.private_counts import NOISE_ALONE, Purse, private_counts, within_bounds
from publishers.public_table import load_denominators, public_tables
from publishers.steps import Built, Job, extracted_source, finished, tabulated, with_cells
from publishers.tabulate.record_keys import cell_keys

OTHER_NUMBERS = Problem(
    "the package",
    "was drawn with a secret of this run alone, where its method draws: what is published has other numbers",
    "Look at its form, and quote no number from it",
)
"""What staff must know who look at a package before it is published."""


def build_changed(
    job: Job, previous: PreviousRelease | None, store: Store | None, secret: Secret, purse: Purse
) -> Built:
    """Make the package of an edition whose counts are changed, instead of some being withheld."""
    check_perturbable(job.loaded)
    rules = finished_rules(job.loaded, secret)
    extracted, warnings = extracted_source(job), () if secret.lasting else (OTHER_NUMBERS,)
    private = rules.method == "differential_privacy"
    if private:
        target = job.work / "bounded.parquet"
        extracted, beyond = within_bounds(extracted, job.loaded, job.edition, target, job.limits)
        warnings = (*beyond, *(() if purse.pays else (NOISE_ALONE,)))
    job.progress("tabulate", None)
    tabulation = tabulated(job, extracted)
    if store is not None:
        job.progress("read what was published before", None)
        check_same_method(store.releases_of_the_same_people(tabulation.plan), rules, lasting=secret.lasting)
    job.progress("change counts and attack them", None)
    if private:
        changed = private_counts(tabulation, job.loaded, rules, purse)
    else:
        keys = partial(cell_keys, tabulation, extracted.path, limits=job.limits)
        changed = change_counts(tabulation, job.loaded, rules, secret, keys=keys)
    tables = public_tables(changed, tabulation, job.loaded, load_denominators(job.loaded, job.folder, job.edition))
    summary, report = told(changed, job.loaded.definition)
    built = finished(job, with_cells(job, previous, tables, (summary, asdict(report))), extracted)
    return replace(built, warnings=warnings)
