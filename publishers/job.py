"""A publication job: from the source of one edition to a package, and from the package to a release."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from anonymization.utility import TableCost
from datasets.errors import DatasetNotFound, Problem, ReleaseExists, ReleaseRejected, ReleaseWithdrawn
from datasets.public_releases import PublicReleases
from datasets.release import Manifest
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.verified_reads import VerifiedReads
from publishers import cautions
from publishers.build_changed import build_changed
from publishers.build_protected import build_protected
from publishers.counted_people import CountedPeople
from publishers.ledger import Store
from publishers.ledger_people import all_releases
from publishers.ledger_versions import with_same
from publishers.other_datasets import of_other_datasets
from publishers.package.contents import PreviousRelease
from publishers.perturbed import Secret, choice_of
from publishers.privacy_budgets import Budgets
from publishers.private_counts import Purse
from publishers.promise_keeping import Promises
from publishers.register import register_rows
from publishers.release_checks import refuse
from publishers.repeated_numbers import check_not_repeated, repeated
from publishers.revised_totals import RevisedTotal, revised_totals, warnings_of
from publishers.steps import Built, Job, extracted_source, finished, without_cells
from publishers.tabulate.plan import plan
from publishers.value_marks import Marker, Marks, content_of, marks_without_release
from publishers.whole_periods import check_whole_periods

__all__ = ["Built", "Job", "Outcome", "build", "preview", "previous_release", "publish", "secret_seed"]


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
    costs: tuple[TableCost, ...] = ()
    """What protection cost each table, for the office alone."""
    revised: tuple[RevisedTotal, ...] = ()
    """The totals that the version before shows otherwise."""


def publish(
    job: Job, *, store: ReleaseStore, signer: Signer, releases: PublicReleases, available_from: datetime | None = None
) -> Outcome:
    """Run ``job`` to the end and put its package into ``store``.

    Any rule that is broken on the way raises the error of that step; nothing of the edition is then in the store.
    """
    job = replace(job, available_from=available_from)
    earlier = Store.of(store.layout, signer)
    reckoned_with = earlier.releases_of(job.loaded.definition.id)
    seed = secret_seed(signer, job.loaded.definition.id, job.edition)
    secret = Secret.of(signer)
    promises = Promises.made(earlier, job.loaded.definition.id, job.edition, max(job.now, available_from or job.now))
    promises.check_definition(job.loaded)
    built = build(job, previous=previous_release(releases, job), store=earlier, seed=seed, secret=secret, pays=True)
    job.progress("publish", None)
    check_not_repeated(built.repeats, same_as=job.same_as)
    promises.check_release(built.package.description, job.loaded.codelists)
    refuse(job.check(built.package.description, built.package.files, built.package.changes))
    marks = _keep_marks(built, earlier, job)
    try:
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
    except (ReleaseExists, ReleaseRejected, ReleaseWithdrawn):
        # Nothing became a release: its marks would look like those of one that vanished.
        if earlier.marks and marks:
            earlier.marks.remove(marks)
        raise
    if earlier.marks and marks and marks != earlier.marks.path_of(manifest):
        earlier.marks.remove(marks)
    return Outcome(
        manifest,
        new=manifest.published_at == job.now,
        bad_rows=built.bad_rows,
        problems=built.problems,
        embargoed=manifest.available_from > job.now,
        warnings=built.warnings,
        costs=built.costs,
        revised=built.revised,
    )


def _keep_marks(built: Built, store: Store, job: Job) -> Path | None:
    """Write the marks of a release that is about to be published, before it is: none may be out without them."""
    if store.marks is None or built.unprotected is None:
        return None
    description = built.package.description
    content = content_of(built.package.files, [one.parquet for one in description.tables])
    path = store.marks.path(description, built.package.files, job.now)
    people = CountedPeople.of(job.loaded.definition, plan(job.loaded, job.edition))
    marker = Marker.of(store.marks.signer, content)
    store.marks.write(with_same(Marks.of(built.unprotected, marker, people), marker, built.same), path)
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
    DefinitionInvalid where a table shows a period of which the edition has a part only, SettingInvalid where its own
    is more than a year away, VerificationFailed where something was taken out of the store.
    """
    definition = job.loaded.definition
    if store is not None:
        store.check_whole()
    if definition.kind == "statistics":
        check_whole_periods(plan(job.loaded, job.edition))
    warnings = (
        *cautions.of_edition(job.edition, job.today),
        *cautions.of_definition(definition),
        *cautions.of_noise(job.loaded),
        *of_other_datasets(job.loaded),
        *_lost_releases(store, definition.id),
    )
    if definition.kind == "statistics" and choice_of(definition) is not None:
        purse = Purse(None if store is None or store.marks is None else Budgets(store.layout, store.marks.signer), pays)
        secret = secret or Secret(secrets.token_bytes(32), lasting=False)
        built = build_changed(job, previous, store, secret, purse)
        return _beside_earlier(replace(built, warnings=(*warnings, *built.warnings)), job, store)
    if definition.kind == "statistics":
        seed = secrets.randbits(256) if seed is None else seed
        built = build_protected(job, previous, store, seed=seed)
        return _beside_earlier(replace(built, warnings=(*warnings, *built.warnings)), job, store)
    return replace(_BUILDERS[definition.kind](job, previous), warnings=warnings)


def _beside_earlier(built: Built, job: Job, store: Store | None) -> Built:
    """Add what its numbers are beside those of the version before, and of other editions."""
    if store is None:
        return built
    job.progress("compare with what was published before", None)
    reads, dataset = VerifiedReads(store.layout, store.key), built.package.description.dataset
    before = [one for one in all_releases(reads, dataset) if one.withdrawal is None]
    revised = revised_totals(built.package, before, reads, job.limits)
    repeats = repeated(built.package, before, reads, job.limits)
    return replace(built, warnings=(*built.warnings, *warnings_of(revised, dataset)), revised=revised, repeats=repeats)


def _lost_releases(store: Store | None, dataset: str) -> tuple[Problem, ...]:
    """Return a warning where marks tell of releases that vanished with the head of the store."""
    if store is None or store.marks is None:
        return ()
    return marks_without_release(store.marks, VerifiedReads(store.layout, store.key), dataset)


def preview(job: Job, store: Store | None) -> Built:
    """Make the package of an edition as it would be published: with the ministry's secrets where its key is at hand.

    Packages of one edition that were drawn with other secrets tell more together than one of them. What would stop its
    publication, as it breaks what callers rely on, is a warning here.
    """
    if store is None:
        return build(job)
    definition = job.loaded.definition
    broken = Promises.made(store, definition.id, job.edition, job.now).broken_by(job.loaded)
    built = _preview(job, store)
    repeats = (built.repeats[1],) if built.repeats else ()
    return replace(built, warnings=(*broken, *repeats, *built.warnings))


def _preview(job: Job, store: Store) -> Built:
    if store.marks is None:
        return build(job, store=store)
    signer = store.marks.signer
    seed = secret_seed(signer, job.loaded.definition.id, job.edition)
    return build(job, store=store, seed=seed, secret=Secret.of(signer))


def _build_register(job: Job, previous: PreviousRelease | None) -> Built:
    extracted = extracted_source(job)
    rows = register_rows(job.loaded, extracted.path)
    contents = without_cells(job, previous, register=rows, codelists=job.loaded.codelists)
    return finished(job, contents, extracted)


def _build_codelist(job: Job, previous: PreviousRelease | None) -> Built:
    lists = {name: job.loaded.codelists[name] for name in job.loaded.definition.codelists}
    return finished(job, without_cells(job, previous, register=None, codelists=lists), None)


_BUILDERS: Mapping[str, Callable[[Job, PreviousRelease | None], Built]] = {
    "register": _build_register,
    "codelist": _build_codelist,
}


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
