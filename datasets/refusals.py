"""What the store says to staff when it refuses: an embargo that would change, and a release that is not there."""

from __future__ import annotations

import os
from collections.abc import Set
from datetime import datetime

from datasets.errors import Problem, ReleaseExists, ReleaseNotFound
from datasets.hints import hint
from datasets.moments import moment_in_words
from datasets.release import Manifest
from datasets.store_layout import ReleaseFile, StoreLayout, is_dataset_name, parse_release_file


def check_embargo(stored: Manifest, embargo: datetime | None) -> None:
    """Raise ReleaseExists where a release is asked for again with another embargo than the one it was signed with."""
    if embargo is None or embargo == stored.available_from:
        return
    if stored.available_from > stored.published_at:
        rule = f"has this content and is under embargo until {moment_in_words(stored.available_from)}"
    else:
        rule = f"has this content and is public since {moment_in_words(stored.available_from)}"
    remedy = (
        "An embargo is signed and never changes. For another one, change the content, such as a sentence of methods.md,"
        " and publish the next version with it; withdraw this version if nobody is to see it"
    )
    name = f"{stored.dataset} {stored.edition}.{stored.version}"
    raise ReleaseExists(
        "This content is published already, with another embargo", problems=[Problem(name, rule, remedy)]
    )


def check_reckoned_with(layout: StoreLayout, manifest: Manifest, reckoned_with: Set[ReleaseFile]) -> None:
    """Raise ReleaseExists where the dataset has releases that a package was not reckoned with.

    Where locks work, jobs of one dataset wait for each other. Where they do not, this leaves the moment until the
    envelope is linked; and no two jobs can link the same version of an edition.
    """
    folder = layout.dataset(manifest.dataset)
    found = {file for name in os.listdir(folder) if (file := parse_release_file(name)) is not None}  # noqa: PTH208
    more = sorted(one for one in found - reckoned_with if not one.withdrawn)
    if more:
        problems = [
            Problem(f"{manifest.dataset} {one.edition}.{one.version}", "is not reckoned with", "Run this job again")
            for one in more
        ]
        raise ReleaseExists("Another job published of this dataset at the same time", problems=problems)


def no_such_release(layout: StoreLayout, dataset: str, release: str) -> ReleaseNotFound:
    """Return the error for a release that is to be withdrawn and is not there, with the nearest name that is."""
    datasets = _names(layout, None)
    if dataset not in datasets:
        problem = Problem(dataset, f"is no dataset of the store {layout.root}", hint(dataset, datasets))
    else:
        problem = Problem(
            f"{dataset} {release}", "is no release of this dataset", hint(release, _names(layout, dataset))
        )
    return ReleaseNotFound(f"There is no release {dataset} {release} to withdraw", problems=[problem])


def _names(layout: StoreLayout, dataset: str | None) -> list[str]:
    """Return the datasets of a store, or the releases of one: staff may see those under embargo too."""
    folder = layout.releases if dataset is None else layout.dataset(dataset)
    names = sorted(os.listdir(folder)) if folder.is_dir() else []  # noqa: PTH208 - names, not paths
    if dataset is None:
        return [name for name in names if is_dataset_name(name)]
    files = [file for name in names if (file := parse_release_file(name)) is not None and not file.withdrawn]
    return [f"{file.edition}.{file.version}" for file in files]
