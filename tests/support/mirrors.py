"""Mirrors of a test store, without waiting between attempts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets.public_releases import PublicReleases
from portal.shared.links import Links
from publishers.mirror.documents import Naming
from publishers.mirror.remote import Remote, Waiting
from publishers.mirror.run import Asked, Outcome, mirror
from tests.support.ckan_target import ADMIN_TOKEN, Ckan

BASE_URL = "https://data.example.org"


def remote_of(address: str, *, token: str = ADMIN_TOKEN, rehearsal: bool = False, **waiting: Any) -> Remote:
    """Return the way to a target, on which nobody waits."""
    return Remote(address, token, rehearsal, Waiting(**{"sleep": lambda _: None, "read_seconds": 0.5, **waiting}))


def asked_of(releases: PublicReleases, *, naming: Mapping[str, str] | None = None, **asked: Any) -> Asked:
    """Return what a mirror of ``releases`` is asked to do."""
    return Asked(Naming(releases.public_key.id, Links(BASE_URL), **(naming or {})), **asked)


def mirrored(ckan: Ckan, releases: PublicReleases, **asked: Any) -> Outcome:
    """Mirror ``releases``, which must meet no problem."""
    remote = remote_of(ckan.address)
    outcome = mirror(remote, releases, asked_of(releases, **asked))
    remote.close()
    assert told(outcome) == []
    return outcome


def told(outcome: Outcome) -> list[str]:
    """Return the problems of a run as they are printed."""
    return list(map(str, outcome.problems))


def resources(ckan: Ckan, package: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a package that hold files of ours, by path."""
    return {each["ytemo_file"]: each for each in ckan.packages[package]["resources"] if "ytemo_file" in each}
