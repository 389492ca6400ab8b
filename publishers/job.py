"""A publication job: from the source of one edition to a package, and from the package to a release."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from anonymization import protect
from anonymization.policies import resolve
from anonymization.report import describe
from anonymization.table import TableSet
from datasets.codelist import Codelist
from datasets.definition_files import LoadedDefinition
from datasets.errors import DatasetNotFound, DisclosureRisk, Problem, ReleaseWithdrawn
from datasets.moments import VIETNAM_TIME
from datasets.public_releases import PublicReleases
from datasets.release import DisclosureSummary, Manifest
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.text import Bilingual
from publishers import cautions, shown_zeros
from publishers.extract.extract import Extract, extract
from publishers.ledger import Before, Store, earlier_releases
from publishers.limits import JobLimits
from publishers.method_changes import check_same_method
from publishers.package.build import build_package
from publishers.package.contents import EditionContents, Package, PreviousRelease
from publishers.package.phrases import paragraphs
from publishers.personal_data import check_personal_data
from publishers.perturbed import Secret, change_counts, check_perturbable, choice_of, finished_rules, told
from publishers.privacy_budgets import Budgets
from publishers.private_counts import NOISE_ALONE, Purse, private_counts, within_bounds
from publishers.protectable import check_protectable
from publishers.protectable_counts import check_counts
from publishers.public_table import PublicTable, load_denominators, public_tables
from publishers.register import register_rows
from publishers.tabulate.plan import plan
from publishers.tabulate.record_keys import cell_keys
from publishers.tabulate.run import run, table_set
from publishers.tabulate.source_checks import RowsUnmatched
from publishers.tabulate.tabulation import Tabulation
from publishers.unmatched import located
from publishers.value_marks import Marker, Marks, content_of

Progress = Callable[[str, float | None], None]
"""Told which step runs, and how much of it is done (0 to 1) where that is known."""


def silent(step: str, done: float | None = None) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Job:
    """Everything that one run needs: what to publish, from where, and what of the machine it may use."""

    loaded: LoadedDefinition
    edition: str
    folder: Path
    """Where the source is; ``source.path`` of the definition is relative to it."""
    work: Path
    """A folder of the job's own, inside the ministry, that is removed afterwards."""
    limits: JobLimits
    environ: Mapping[str, str]
    """Where the address of a source database is looked up."""
    now: datetime
    progress: Progress = silent


@dataclass(frozen=True)
class Outcome:
    """What a job did: the release, and what was left out of the source because the definition tolerates it."""

    manifest: Manifest
    new: bool
    """False when the store had a release of the same content, which stays."""
    bad_rows: int
    problems: tuple[Problem, ...]
    embargoed: bool = False
    """Whether readers do not see it yet."""
    warnings: tuple[Problem, ...] = ()
    """What staff should look at although it stopped nothing."""


def publish(
    job: Job, *, store: ReleaseStore, signer: Signer, releases: PublicReleases, available_from: datetime | None = None
) -> Outcome:
    """Run ``job`` to the end and put its package into ``store``.

    Any rule that is broken on the way raises the error of that step; nothing of the edition is then in the store.
    """
    earlier = Store.of(store.layout, signer)
    reckoned_with = earlier.releases_of(job.loaded.definition.id)
    seed = secret_seed(signer, job.loaded.definition.id, job.edition)
    secret = Secret.of(signer)
    built = build(job, previous=previous_release(releases, job), store=earlier, seed=seed, secret=secret, pays=True)
    job.progress("publish", None)
    marks = _keep_marks(built, earlier, job.now)
    manifest = store.add(
        built.package.folder,
        files=built.package.files,
        description=built.package.description,
        changes=built.package.changes,
        signer=signer,
        now=job.now,
        available_from=available_from,
        reckoned_with=reckoned_with,
    )
    if earlier.marks and marks and marks != earlier.marks.path_of(manifest):
        earlier.marks.remove(marks)
    return Outcome(
        manifest,
        new=manifest.published_at == job.now,
        bad_rows=built.bad_rows,
        problems=built.problems,
        embargoed=manifest.available_from > job.now,
        warnings=built.warnings,
    )


@dataclass(frozen=True)
class Built:
    """A package in the job's folder, not yet a release."""

    package: Package
    bad_rows: int = 0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    unprotected: TableSet | None = None
    """Its tables before anything was withheld; they never leave the job."""


def _keep_marks(built: Built, store: Store, now: datetime) -> Path | None:
    """Write the marks of a release that is about to be published, before it is: none may be out without them."""
    if store.marks is None or built.unprotected is None:
        return None
    description = built.package.description
    content = content_of(built.package.files, [one.parquet for one in description.tables])
    path = store.marks.path(description, built.package.files, now)
    store.marks.write(Marks.of(built.unprotected, Marker.of(store.marks.signer, content)), path)
    return path


def secret_seed(signer: Signer, dataset: str, edition: str) -> int:
    """Return the seed by which cells of equal worth are chosen: the same for an edition again, and known to nobody.

    Whoever knew it could ask which tables would have been published like this one. It is a signature (those of RFC 8032
    depend on key and message alone) of a text that no release ever is, so it is kept wherever the signing key is.
    """
    signature = signer.sign(f"ytemo: seed of secondary suppression\n{dataset}\n{edition}".encode())
    return int.from_bytes(hashlib.sha256(signature).digest())


def build(  # noqa: PLR0913 - what a package depends on beside its job
    job: Job,
    *,
    previous: PreviousRelease | None = None,
    store: Store | None = None,
    seed: int | None = None,
    secret: Secret | None = None,
    pays: bool = False,
) -> Built:
    """Make the package of an edition in ``job.work`` and return it; nothing is published.

    What ``store`` holds of the same people is reckoned with; without one, the package is safe by itself alone. Without
    a ``seed``, one is drawn that nobody knows: made again, the package may withhold other cells of equal worth; without
    a ``secret``, too: where counts are changed, a package made again has other numbers. Unless it ``pays`` from the
    budget of its people, a package with differentially private counts has noise alone.
    SettingInvalid where the edition's period is more than a year away, VerificationFailed where something was taken out
    of the store.
    """
    definition = job.loaded.definition
    if store is not None:
        store.check_whole()
    today = job.now.astimezone(VIETNAM_TIME).date()
    warnings = (
        *cautions.of_edition(job.edition, today),
        *cautions.of_definition(definition),
        *cautions.of_noise(job.loaded),
    )
    if definition.kind == "statistics" and choice_of(definition) is not None:
        purse = Purse(None if store is None or store.marks is None else Budgets(store.layout, store.marks.signer), pays)
        secret = secret or Secret(secrets.token_bytes(32), lasting=False)
        built = _build_changed(job, previous, store, secret, purse)
        return replace(built, warnings=(*warnings, *built.warnings))
    if definition.kind == "statistics":
        seed = secrets.randbits(256) if seed is None else seed
        built = _build_statistics(job, previous, store, seed=seed)
        return replace(built, warnings=(*warnings, *built.warnings))
    return replace(_BUILDERS[definition.kind](job, previous), warnings=warnings)


def preview(job: Job, store: Store | None) -> Built:
    """Make the package of an edition as it would be published: with the ministry's secrets where its key is at hand.

    Packages of one edition that were drawn with other secrets tell more together than one of them.
    """
    if store is None or store.marks is None:
        return build(job, store=store)
    signer = store.marks.signer
    seed = secret_seed(signer, job.loaded.definition.id, job.edition)
    return build(job, store=store, seed=seed, secret=Secret.of(signer))


def _build_statistics(job: Job, previous: PreviousRelease | None, store: Store | None, *, seed: int) -> Built:
    definition = job.loaded.definition
    assert definition.source is not None
    assert definition.disclosure is not None
    rules = resolve(definition.disclosure)
    if rules.method == "suppression":
        check_protectable(definition)
    extracted = _extract(job)
    job.progress("tabulate", None)
    tabulation = _tabulate(job, extracted)
    if rules.method == "suppression":
        check_counts(tabulation, definition, rules, today=job.now.date())
    job.progress("read what was published before", None)
    tables_of_edition = table_set(tabulation)
    before = Before()
    if store is not None:
        found = store.releases_of_the_same_people(tabulation.plan)
        check_same_method(found, rules)
        before = earlier_releases(store, found, definition=definition, plan=tabulation.plan, tables=tables_of_edition)
    job.progress("protect and audit", None)
    try:
        protected = protect(replace(tables_of_edition, earlier=before.releases), rules, seed=seed)
    except DisclosureRisk as error:
        # What is missing may be why it cannot be protected.
        raise DisclosureRisk(error.message, problems=[*error.problems, *before.warnings]) from None
    tables = public_tables(protected, tabulation, job.loaded, load_denominators(job.loaded, job.folder, job.edition))
    report = describe(protected)
    summary = DisclosureSummary(
        rules=rules,
        citation=Bilingual(vi=report.policy_text.vi, en=report.policy_text.en),
        summary=paragraphs([*report.text, report.promised, *([report.not_promised] if report.not_promised else [])]),
        audited=rules.method == "suppression" and protected.audit.passed,
    )
    built = _finish(job, _with_cells(job, previous, tables, (summary, asdict(report))), extracted)
    rates = cautions.of_rates(definition, [table.data for table in tables.values()])
    today = job.now.astimezone(VIETNAM_TIME).date()
    zeros = shown_zeros.of_zeros(definition, tabulation.plan, tables.values(), today=today)
    gaps = shown_zeros.of_gaps(definition, tables.values())
    return replace(built, unprotected=tables_of_edition, warnings=(*before.warnings, *rates, *zeros, *gaps))


def _build_changed(
    job: Job, previous: PreviousRelease | None, store: Store | None, secret: Secret, purse: Purse
) -> Built:
    """Make the package of an edition whose counts are changed, instead of some being withheld."""
    check_perturbable(job.loaded)
    rules = finished_rules(job.loaded, secret)
    extracted, warnings = _extract(job), () if secret.lasting else (OTHER_NUMBERS,)
    private = rules.method == "differential_privacy"
    if private:
        target = job.work / "bounded.parquet"
        extracted, beyond = within_bounds(extracted, job.loaded, job.edition, target, job.limits)
        warnings = (*beyond, *(() if purse.pays else (NOISE_ALONE,)))
    job.progress("tabulate", None)
    tabulation = _tabulate(job, extracted)
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
    built = _finish(job, _with_cells(job, previous, tables, (summary, asdict(report))), extracted)
    return replace(built, warnings=warnings)


OTHER_NUMBERS = Problem(
    "the package",
    "was drawn with a secret of this run alone, where its method draws: what is published has other numbers",
    "Look at its form, and quote no number from it",
)
"""What staff must know who look at a package before it is published."""


def _build_register(job: Job, previous: PreviousRelease | None) -> Built:
    extracted = _extract(job)
    rows = register_rows(job.loaded, extracted.path)
    contents = _without_cells(job, previous, register=rows, codelists=job.loaded.codelists)
    return _finish(job, contents, extracted)


def _build_codelist(job: Job, previous: PreviousRelease | None) -> Built:
    lists = {name: job.loaded.codelists[name] for name in job.loaded.definition.codelists}
    return _finish(job, _without_cells(job, previous, register=None, codelists=lists), None)


_BUILDERS: Mapping[str, Callable[[Job, PreviousRelease | None], Built]] = {
    "register": _build_register,
    "codelist": _build_codelist,
}


def _extract(job: Job, *, numbered: bool = False) -> Extract:
    assert job.loaded.definition.source is not None
    return extract(
        job.loaded.definition.source,
        folder=job.folder,
        edition=job.edition,
        work=_made(job.work / ("numbered" if numbered else "extract")),
        environ=job.environ,
        limits=job.limits,
        progress=job.progress,
        numbered=numbered,
    )


def _tabulate(job: Job, extracted: Extract) -> Tabulation:
    planned = plan(job.loaded, job.edition)
    try:
        return run(planned, extracted.path, job.limits, job.progress)
    except RowsUnmatched as error:
        job.progress("find the rows that cannot be counted", None)
        raise located(
            error, planned, job.loaded, read=lambda: _extract(job, numbered=True).path, limits=job.limits
        ) from None


def _codelists_of(tables: Iterable[PublicTable]) -> dict[str, Codelist]:
    return {codelist.id: codelist for table in tables for codelist in table.codelists.values()}


def _with_cells(
    job: Job,
    previous: PreviousRelease | None,
    tables: Mapping[str, PublicTable],
    disclosure: tuple[DisclosureSummary, Mapping[str, Any]],
) -> EditionContents:
    summary, report = disclosure
    return EditionContents(
        loaded=job.loaded,
        edition=job.edition,
        tables=tables,
        register=None,
        codelists=_codelists_of(tables.values()),
        disclosure=summary,
        disclosure_report=report,
        previous=previous,
    )


def _without_cells(
    job: Job, previous: PreviousRelease | None, *, register: pa.Table | None, codelists: Mapping[str, Codelist]
) -> EditionContents:
    return EditionContents(
        loaded=job.loaded,
        edition=job.edition,
        tables={},
        register=register,
        codelists=codelists,
        disclosure=None,
        disclosure_report=None,
        previous=previous,
    )


def _finish(job: Job, contents: EditionContents, extracted: Extract | None) -> Built:
    job.progress("check for personal data", None)
    for place, rows in _published_rows(contents):
        check_personal_data(rows, place=place)
    job.progress("package", None)
    bad_rows, problems = (extracted.bad_rows, extracted.problems) if extracted else (0, ())
    package = build_package(replace(contents, rows_left_out=bad_rows), _made(job.work / "package"), job.limits)
    return Built(package, bad_rows, problems)


def _published_rows(contents: EditionContents) -> Iterator[tuple[str, pa.Table]]:
    """Yield everything with rows that the package will hold, with the name under which people know it."""
    for table in contents.tables.values():
        yield f"table {table.id}", table.data
    if contents.register is not None:
        yield "register", contents.register
    for codelist in contents.codelists.values():
        yield f"code list {codelist.id}", pa.Table.from_pylist([member.as_row() for member in codelist.members])


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def previous_release(releases: PublicReleases, job: Job) -> PreviousRelease | None:
    """Return what the new release is compared with: the edition's last version, or the edition before."""
    try:
        editions = releases.editions(job.loaded.definition.id)
    except (DatasetNotFound, ReleaseWithdrawn):
        return None
    same = [release for release in editions if release.edition == job.edition]
    before = [release for release in editions if release.edition < job.edition]
    found = (same or before)[:1]
    return PreviousRelease.of(releases, found[0]) if found else None
