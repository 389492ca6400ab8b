"""What a publication job did, in a sentence for people and as a value for machines."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from datasets.moments import moment_in_words
from publishers.job import Built, Outcome
from publishers.protection_costs import as_values


def describe(outcome: Outcome, store: Path) -> str:
    """Say what a job did, where, and from when readers see it."""
    manifest = outcome.manifest
    name = f"{manifest.dataset} {manifest.edition}.{manifest.version}"
    if outcome.new:
        done = f"Published {name} in {store}."
        # What it differs by from an edition of another time is no revision.
        done += f" {manifest.changes.en}" if manifest.version > 1 else ""
    else:
        done = f"{name} in {store} has the same content already; nothing was added."
    sentences = [done]
    if outcome.embargoed:
        sentences.append(f"It is under embargo: nobody sees it before {moment_in_words(manifest.available_from)}.")
    return " ".join([*sentences, *left_out(outcome)])


def left_out(done: Outcome | Built) -> list[str]:
    """Say how many rows were left out, if any were; readers are told the same."""
    if not done.bad_rows:
        return []
    rows = "1 row was" if done.bad_rows == 1 else f"{done.bad_rows:,} rows were"
    return [f"{rows} left out, as max_bad_rows allows; the release says so."]


def as_value(outcome: Outcome, store: Path) -> dict[str, Any]:
    """Return the same as what JSON can hold."""
    manifest = outcome.manifest
    return {
        "dataset": manifest.dataset,
        "edition": manifest.edition,
        "version": manifest.version,
        "store": str(store),
        "new": outcome.new,
        "available_from": manifest.available_from.isoformat(),
        "embargoed": outcome.embargoed,
        "left_out": outcome.bad_rows,
        "problems": [str(problem) for problem in outcome.problems],
        "warnings": [str(warning) for warning in outcome.warnings],
        "revised_totals": [asdict(total) for total in outcome.revised],
        "protection": as_values(outcome.costs),
    }
