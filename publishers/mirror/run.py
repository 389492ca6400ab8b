"""One run of the mirror: every dataset is read at the target, compared, and written only where it differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datasets.errors import (
    DatasetNotFound,
    MirrorFailed,
    Problem,
    ReleaseNotFound,
    ReleaseWithdrawn,
    VerificationFailed,
)
from datasets.public_releases import PublicReleases
from datasets.release import PublicRelease
from publishers.mirror import documents, rows
from publishers.mirror.documents import FILE, MARK, Naming, Wanted
from publishers.mirror.held import Held, NotAPackage, made
from publishers.mirror.remote import Refused, Remote, Unknown

_MOST_NAMED = 20


@dataclass(frozen=True)
class Asked:
    """What a run was asked to do."""

    naming: Naming
    datasets: Sequence[str] = ()
    """Only these; all where none is named."""
    rows: bool = False
    progress: Callable[[str], None] = field(default=lambda _: None)


@dataclass
class Outcome:
    """What became of each dataset, by its id."""

    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    """Those that stand at the target as withdrawn, changed in this run or before."""
    problems: list[Problem] = field(default_factory=list)


def mirror(remote: Remote, releases: PublicReleases, asked: Asked) -> Outcome:
    """Have the target hold what is public, and nothing else of ours; one dataset's problem does not stop the others.

    Where the target as a whole does not answer, the rest is left for the next run, and told of. Raises DatasetNotFound
    for a dataset that there is not.
    """
    run = _Run(remote, releases, asked)
    for dataset in asked.datasets:
        releases.releases(dataset)  # a misspelt name is told before anything is written
    todo = list(asked.datasets or releases.datasets_ever())
    for number, dataset in enumerate(todo):
        asked.progress(f"mirror {dataset}")
        if not run.dataset(dataset):
            run.leave(todo[number + 1 :])
            break
    return run.outcome


@dataclass
class _Run:
    remote: Remote
    releases: PublicReleases
    asked: Asked
    outcome: Outcome = field(default_factory=Outcome)
    organizations: set[str] = field(default_factory=set)

    def dataset(self, dataset: str) -> bool:
        """Mirror a dataset; false where it is no use to go on with the next."""
        try:
            self._mirror(dataset)
        except MirrorFailed as failed:
            # A target can be at a loss with one package, and take the withdrawal of the next.
            self.outcome.problems += failed.problems
            return self.remote.answers()
        return True

    def leave(self, datasets: Sequence[str]) -> None:
        """Tell that the run ends before it looked at these."""
        if datasets:
            rule = f"was not asked about {len(datasets)} more: {', '.join(datasets[:_MOST_NAMED])}"
            self.outcome.problems.append(Problem(self.remote.address, rule, "Run the same command again"))

    def _mirror(self, dataset: str) -> None:
        before = len(self.remote.written)
        try:
            wanted, release = self._wanted(dataset)
            self._converge(wanted, release)
        except (DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed) as error:
            # Withdrawn or damaged since the run began: what stands at the target is left for the next run.
            self.outcome.problems += error.problems or [Problem(dataset, error.message, "Run ytemo verify")]
            return
        except Refused as refused:
            self.outcome.problems.append(refused.problem)
            return
        if wanted.withdrawn:
            self.outcome.withdrawn.append(dataset)
        (self.outcome.changed if len(self.remote.written) > before else self.outcome.unchanged).append(dataset)

    def _wanted(self, dataset: str) -> tuple[Wanted, PublicRelease | None]:
        known = self.releases.releases(dataset)
        try:
            newest = self.releases.latest(dataset)
        except ReleaseWithdrawn:
            return documents.tombstone(known, self.asked.naming), None
        # What is damaged here must not be spread, nor links to it.
        self.releases.check_files(newest)
        return documents.package(newest, known, self.asked.naming), newest

    def _converge(self, wanted: Wanted, release: PublicRelease | None) -> None:
        """Read, compare and write, again from the start where nobody knows whether a write arrived."""
        unknown = False

        def attempt() -> None:
            nonlocal unknown
            try:
                self._bring_about(wanted, release)
            except Unknown:
                unknown = True
                raise
            except Refused as refused:
                # A name that is taken may have been taken by our own attempt before, which arrived late.
                if refused.invalid and unknown:
                    unknown = False
                    raise Unknown(str(refused.problem)) from None
                raise

        self.remote.until_known(attempt)

    def _bring_about(self, wanted: Wanted, release: PublicRelease | None) -> None:
        held = self._held(wanted.name)
        if held is None and wanted.withdrawn:
            return
        if held is not None and held.mark != self.asked.naming.mark:
            raise Refused(_foreign(wanted.name, self.remote.shown(held.mark)))
        held = self._package(wanted, release, held)
        if self.asked.rows and release is not None:
            self._rows(release, held.files(wanted) if held else {})

    def _held(self, name: str) -> Held | None:
        try:
            return self._package_of(self.remote.read("package_show", id=name), name)
        except Refused as refused:
            if refused.missing:
                return None
            raise

    def _package_of(self, answer: object, name: str) -> Held:
        try:
            held = Held.of(answer)
        except NotAPackage:
            rule = "is answered with something that is no package of CKAN"
            raise Refused(Problem(name, rule, "Look whether the address is that of a CKAN")) from None
        if held.document.get("name") != name:
            # To write by the id of this one would spoil another package, perhaps also one of ours.
            rule = "is answered with a package of another name"
            raise Refused(Problem(name, rule, "Look whether something on the way to the target mixes up its answers"))
        return held

    def _package(self, wanted: Wanted, release: PublicRelease | None, held: Held | None) -> Held | None:
        """Make the package, or change what differs, and return it as the target then holds it."""
        if held is None:
            assert release is not None
            self._organization(release)
            answer = self.remote.write("package_create", wanted.name, made(wanted), repeatable=False)
            return self._package_of(answer, wanted.name) if answer is not None else None
        changes = held.changes(wanted)
        if not changes:
            return held
        if "owner_org" in changes and release is not None:
            self._organization(release)
        # Rows of a file that is no longer handed out must not outlive it, nor stand beside the next one.
        for stale in held.stale_rows(wanted):
            rows.remove(self.remote, stale, f"{wanted.name} {stale.get(FILE) or stale.get('name')}")
        what = f"{wanted.name} ({', '.join(changes)})"
        answer = self.remote.write("package_update", what, held.mended(wanted))
        return self._settled(wanted, answer) if answer is not None else held

    def _settled(self, wanted: Wanted, answer: object) -> Held:
        """Warn of what the target keeps otherwise than it was sent, as that would be written at every run."""
        held = self._package_of(answer, wanted.name)
        kept = held.changes(wanted)
        if kept:
            rule = f"the target keeps these otherwise than they were sent: {self.remote.shown(', '.join(kept))}"
            remedy = "Look whether an extension of it changes them; they will be sent again at every run"
            self.outcome.problems.append(Problem(wanted.name, rule, remedy))
        return held

    def _organization(self, release: PublicRelease) -> None:
        """Make the publisher's organisation where the target has none of its name; one that is there is left alone."""
        name = self.asked.naming.organization or release.description.publisher.id
        if name in self.organizations:
            return
        try:
            self.remote.read("organization_show", id=name, include_datasets=False, include_users=False)
        except Refused as refused:
            if not refused.missing:
                raise
            if self.asked.naming.organization:
                remedy = "Have it made there, or correct --organization"
                raise Refused(Problem(name, "is no organisation of the target", remedy)) from None
            document = documents.organization(release.description, self.asked.naming.mark)
            self.remote.write("organization_create", name, document, repeatable=False)
        self.organizations.add(name)

    def _rows(self, release: PublicRelease, resources: Mapping[str, Mapping[str, Any]]) -> None:
        loader = rows.Loader(self.remote, self.releases, release)
        for table in rows.tables(release):
            # A rehearsal has made no resource to load into.
            resource = resources.get(table.file, {} if self.remote.rehearsal else None)
            if resource is None:
                rule = "is no longer a resource of its package"
                raise Refused(Problem(f"{release.dataset} {table.file}", rule, "Run the same command again"))
            self.asked.progress(f"mirror {release.dataset}: rows of {table.file}")
            loader.load(resource, table)


def _foreign(name: str, mark: str) -> Problem:
    rule = "is a package of the target that this mirror did not make"
    if mark:
        rule = f"is a package of the target that the mirror of another portal made ({MARK} {mark[:64]})"
    return Problem(name, rule, "Choose names of your own with --prefix, or have it renamed there")
