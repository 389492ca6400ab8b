"""Every package is a Data Package by the standard's own schema, and by a validator that is not ours, from its zip."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from referencing import Registry

from datasets.public_releases import PublicReleases
from datasets.release import PublicRelease
from tests.support.releases import DemoStore, make_demo_store
from tests.support.shared import SHARED

PROFILE = SHARED / "checks" / "conformance" / "frictionless" / "public" / "profiles" / "2.0" / "datapackage.json"
FRICTIONLESS = Path(sys.executable).with_name("frictionless")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("packages") / "store")


@pytest.fixture(scope="module")
def unpacked(demo: DemoStore, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The newest release of every dataset, as somebody has it who unpacked its zip."""
    folder = tmp_path_factory.mktemp("unpacked")
    return [_unpack(demo.releases, demo.releases.latest(dataset), folder) for dataset in demo.releases.datasets()]


def _unpack(releases: PublicReleases, release: PublicRelease, folder: Path) -> Path:
    target = folder / release.dataset
    with zipfile.ZipFile(releases.package_zip(release).path) as package:
        package.extractall(target)
    return target


def test_descriptors_are_valid_by_the_profile_of_the_standard(unpacked: list[Path]) -> None:
    profile = json.loads(PROFILE.read_text(encoding="utf-8"))
    validator = validator_for(profile, default=Draft202012Validator)(profile, registry=Registry())
    assert len(unpacked) >= 4
    for folder in unpacked:
        descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        assert [error.message for error in validator.iter_errors(descriptor)] == []
    assert not validator.is_valid({"resources": []}), "a profile that accepts anything proves nothing"


def test_frictionless_finds_every_package_valid(unpacked: list[Path]) -> None:
    for folder in unpacked:
        command = [str(FRICTIONLESS), "validate", "datapackage.json"]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout


def test_frictionless_notices_a_changed_cell(unpacked: list[Path]) -> None:
    table = next(path for folder in unpacked for path in (folder / "data").glob("*.csv") if path.name != "register.csv")
    table.write_bytes(table.read_bytes().replace(b'"observed"', b'"guessed"', 1))
    command = [str(FRICTIONLESS), "validate", "datapackage.json"]
    result = subprocess.run(command, cwd=table.parents[1], capture_output=True, text=True, check=False)
    assert result.returncode != 0
