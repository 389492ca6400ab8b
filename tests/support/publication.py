"""Runs real publication jobs into a store in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datasets.definition_files import load_definition
from datasets.public_releases import PublicReleases
from datasets.release import PublicRelease
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from publishers import job as jobs
from publishers.limits import JobLimits

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Ministry:
    """A store with its key: somewhere to publish to."""

    root: Path

    @property
    def releases(self) -> PublicReleases:
        return PublicReleases(self.root, self.root / "public-key.pem", now=lambda: NOW)

    def publish(
        self,
        definition: str | Path,
        edition: str,
        folder: Path,
        *,
        told: Callable[[jobs.Outcome], None] = lambda outcome: None,
        now: datetime = NOW,
        same_as: str = "",
    ) -> PublicRelease:
        """Run the whole job for an edition whose source lies in ``folder``; return the release as it is public."""
        store = ReleaseStore(self.root)
        work = store.stage(f"test-{edition}")
        job = jobs.Job(
            loaded=load_definition(Path(definition)),
            edition=edition,
            folder=folder,
            work=work,
            limits=JobLimits(1024, 2, work / "spill"),
            environ={},
            now=now,
            same_as=same_as,
        )
        try:
            outcome = jobs.publish(job, store=store, signer=self.signer(), releases=self.releases)
        finally:
            store.discard(work)
        told(outcome)
        return self.releases.get(outcome.manifest.dataset, edition)

    def signer(self) -> Signer:
        private = self.root / "private" / "signing-key.pem"
        if private.exists():
            return Signer.from_file(private)
        return Signer.generate(private, self.root / "public-key.pem")
