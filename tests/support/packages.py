"""Builds packages within what a test may use of the machine."""

from __future__ import annotations

from pathlib import Path

from publishers.limits import JobLimits
from publishers.package import build
from publishers.package.contents import EditionContents, Package


def limits_beside(folder: Path) -> JobLimits:
    """Return small limits, spilling beside the folder of a package."""
    return JobLimits(memory_mb=256, threads=1, temp=folder.with_name(f"{folder.name}-spill"))


def build_package(contents: EditionContents, folder: Path) -> Package:
    """Build a package within small limits."""
    return build.build_package(contents, folder, limits_beside(folder))
