"""The command line as a member of staff meets it: right input is published, wrong input says what to do."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from datasets import __version__
from datasets.errors import YtemoError
from datasets.public_releases import PublicReleases
from portal.cli import app
from publishers.terminal import EXIT_CODES
from tests.support import reference_docs
from tests.support.clinic import blocks, definition_text, methods_text, write_clinic, write_visits

YTEMO = str(Path(sys.executable).with_name("ytemo"))
CANARY = "Nguyễn Văn Bí Mật 079123456789"
"""Stands in the source where a wrong value stands; it must not be seen anywhere."""


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def ytemo(*arguments: str | Path, **settings: str) -> Result:
    """Run a command in this process, which saves loading everything for each."""
    ended = CliRunner().invoke(app, list(map(str, arguments)), env=settings)
    return Result(ended.exit_code, ended.stdout, ended.stderr)


@pytest.fixture(scope="module")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tutorial's dataset and a store that holds its first release."""
    folder = tmp_path_factory.mktemp("first")
    result = publish(write_clinic(folder / "visits"), folder / "store")
    assert result.returncode == 0, result
    return folder


@pytest.fixture
def ministry(first_release: Path, tmp_path: Path) -> Path:
    """A copy of that folder of one's own."""
    return shutil.copytree(first_release, tmp_path / "ministry")


def publish(clinic: Path, store: Path, edition: str = "2026") -> Result:
    return ytemo("publish", clinic, "--edition", edition, "--data-dir", store, "--json")


def published(store: Path) -> list[str]:
    return sorted(path.name for path in (store / "releases").rglob("*.json")) if store.exists() else []


def error_of(result: Result) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(result.stdout)["error"]
    return error


def test_the_tutorial_works(tmp_path: Path) -> None:
    clinic, store = write_clinic(tmp_path / "visits"), tmp_path / "store"
    assert ytemo("definitions", "check", clinic).stdout == "clinic-visits: fine\n"
    built = ytemo("build", clinic, "--edition", "2026", "--output", tmp_path / "preview")
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "preview" / "datapackage.json").is_file()
    first = ytemo("publish", clinic, "--edition", "2026", "--data-dir", store)
    assert (first.returncode, first.stdout) == (0, f"Published clinic-visits 2026.1 in {store}.\n")
    assert f"{store} is a new release store. Its signing key was made" in first.stderr
    again = ytemo("publish", clinic, "--edition", "2026", "--data-dir", store)
    assert "nothing was added" in again.stdout
    assert "new release store" not in again.stderr
    write_visits(clinic / "visits-2026.csv", rows=3_001)
    corrected = ytemo("publish", clinic, "--edition", "2026", "--data-dir", store)
    assert corrected.stdout.startswith(f"Published clinic-visits 2026.2 in {store}. Since edition 2026, version 1: ")
    assert published(store) == ["2026.1.json", "2026.2.json"]
    assert ytemo("verify", store).returncode == 0
    assert not list((store / "staging").iterdir())


def test_what_the_tutorial_shows_runs_as_it_is_copied(tmp_path: Path) -> None:
    """Make the data, save the two files, run the commands: nothing else is needed."""
    make_data, commands = blocks("bash")
    environ = {**os.environ, "PATH": f"{Path(YTEMO).parent}{os.pathsep}{os.environ['PATH']}"}
    for script in (make_data, commands):
        subprocess.run(["bash", "-euc", script], cwd=tmp_path, env=environ, check=True, capture_output=True)
        (tmp_path / "visits" / "dataset.yaml").write_text(definition_text(), encoding="utf-8")
        (tmp_path / "visits" / "methods.md").write_text(methods_text(), encoding="utf-8")
    assert (tmp_path / "preview" / "README.md").is_file()
    assert published(tmp_path / "my-store") == ["2026.1.json"]
    shown = [text.splitlines() for text in blocks("csv")]
    data = (tmp_path / "visits" / "visits-2026.csv").read_text(encoding="utf-8").splitlines()
    assert [data[:3]] == shown


def spoil(edit: Callable[[str], str]) -> Callable[[Path], None]:
    def change(clinic: Path) -> None:
        path = clinic / "visits-2026.csv"
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")

    return change


def row_90001(clinic: Path) -> None:
    path = clinic / "visits-2026.csv"
    write_visits(path, rows=100_000)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[90_000] = f"p1,F,{CANARY}"
    path.write_text("\n".join(lines), encoding="utf-8")


def truncated_gzip(clinic: Path) -> None:
    whole = gzip.compress((clinic / "visits-2026.csv").read_bytes())
    (clinic / "visits-2026.csv").unlink()
    (clinic / "visits-2026.csv.gz").write_bytes(whole[: len(whole) // 2])
    definition = clinic / "dataset.yaml"
    text = definition.read_text(encoding="utf-8").replace("visits-{edition}.csv", "visits-{edition}.csv.gz")
    definition.write_text(text, encoding="utf-8")


def sparse(clinic: Path) -> None:
    with (clinic / "visits-2026.csv").open("wb") as file:
        file.truncate(5 * 2**30)


def misspelt(clinic: Path) -> None:
    definition = clinic / "dataset.yaml"
    text = definition.read_text(encoding="utf-8").replace(
        "  policy: vn_proposed", "  policy: vn_proposed\n  treshold: 9"
    )
    definition.write_text(text, encoding="utf-8")


BAD_INPUT: list[Any] = [
    pytest.param(
        spoil(lambda text: text.replace("patient,sex,age", "patient,sex,years")), 21, "age", id="missing column"
    ),
    pytest.param(spoil(lambda text: re.sub("$", ",x", text, flags=re.MULTILINE)), 21, "x", id="extra column"),
    pytest.param(row_90001, 21, "90001", id="wrong type in row 90,001"),
    pytest.param(spoil(lambda _: ""), 20, "visits-2026.csv", id="empty file"),
    pytest.param(spoil(lambda _: "patient,sex,age\n"), 21, "visits-2026.csv", id="only a header"),
    pytest.param(truncated_gzip, 20, "visits-2026.csv.gz", id="truncated gzip"),
    pytest.param(sparse, 20, "visits-2026.csv", id="a sparse file of 5 GB"),
    pytest.param(spoil(lambda text: text.replace(",F,", f",{CANARY},", 1)), 21, "sex", id="unknown code"),
    pytest.param(spoil(lambda text: text.replace(",F,", ",F,-", 1)), 21, "age", id="value out of range"),
    pytest.param(misspelt, 10, "threshold", id="misspelt key in the definition"),
    pytest.param(lambda clinic: (clinic / "methods.md").unlink(), 10, "methods.md", id="no methods"),
    pytest.param(lambda clinic: (clinic / "visits-2026.csv").unlink(), 20, "visits-2026.csv", id="no source"),
]


@pytest.mark.parametrize(("spoiled", "code", "named"), BAD_INPUT)
def test_bad_input_is_refused_and_the_last_release_stays(
    ministry: Path, spoiled: Callable[[Path], None], code: int, named: str
) -> None:
    clinic, store = ministry / "visits", ministry / "store"
    spoiled(clinic)
    result = publish(clinic, store)
    assert result.returncode == code, result.stdout + result.stderr
    error = error_of(result)
    assert error["problems"], error
    assert all(problem["place"] and problem["rule"] for problem in error["problems"])
    assert any(problem["remedy"] for problem in error["problems"])
    assert named in json.dumps(error, ensure_ascii=False)
    assert published(store) == ["2026.1.json"]
    assert ytemo("verify", store).returncode == 0
    assert not list((store / "staging").iterdir())
    assert CANARY not in result.stdout + result.stderr
    assert "079123456789" not in result.stdout + result.stderr


def test_wrong_encoding_names_the_remedy(tmp_path: Path) -> None:
    clinic = write_clinic(tmp_path / "visits")
    (clinic / "visits-2026.csv").write_bytes("patient,sex,age\np1,F,3\nđược,F,4\n".encode("utf-16-be")[1:])
    error = error_of(publish(clinic, tmp_path / "store"))
    assert error["code"] == "source-unreadable"
    assert "encoding" in json.dumps(error["problems"])


def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    clinic = write_clinic(tmp_path / "visits")
    result = publish(clinic, tmp_path / "store", edition="../../etc/passwd")
    assert (result.returncode, error_of(result)["code"]) == (11, "setting-invalid")
    assert published(tmp_path / "store") == []


def test_a_package_that_was_packed_again_is_verified_by_its_files(ministry: Path) -> None:
    store = ministry / "store"
    releases = PublicReleases(store, store / "public-key.pem")
    sealed = releases.package_zip(releases.latest("clinic-visits")).path
    shutil.unpack_archive(sealed, ministry / "unpacked", "zip")
    again = Path(shutil.make_archive(str(ministry / "again"), "zip", ministry / "unpacked"))
    told = {}
    for path in (sealed, ministry / "unpacked", again):
        result = ytemo("verify", path, "--public-key", store / "public-key.pem", "--json")
        assert result.returncode == 0, result
        told[path] = json.loads(result.stdout)
    assert [bool(answer["note"]) for answer in told.values()] == [False, False, True]
    assert len({answer["checked"] for answer in told.values()}) == 1
    printed = ytemo("verify", again, "--public-key", store / "public-key.pem")
    assert "Another program packed this ZIP file" in printed.stderr
    (ministry / "unpacked" / "README.md").write_text("x", encoding="utf-8")
    spoilt = shutil.make_archive(str(ministry / "spoilt"), "zip", ministry / "unpacked")
    result = ytemo("verify", Path(spoilt), "--public-key", store / "public-key.pem", "--json")
    assert result.returncode == 60
    assert [problem["place"] for problem in error_of(result)["problems"]] == ["README.md"]


def test_two_jobs_for_one_edition_publish_it_once(ministry: Path) -> None:
    clinic, store = ministry / "visits", ministry / "store"
    write_visits(clinic / "visits-2027.csv", rows=3_000, seed=2)
    command = [YTEMO, "publish", str(clinic), "--edition", "2027", "--data-dir", str(store), "--json"]
    jobs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [json.loads(job.communicate(timeout=120)[0]) for job in jobs]
    refused = [output["error"] for output in outputs if "error" in output]
    assert sum(output.get("new", False) for output in outputs) == 1
    assert all("Wait until it ends" in problem["remedy"] for error in refused for problem in error["problems"])
    assert published(store) == ["2026.1.json", "2027.1.json"]
    assert ytemo("verify", store).returncode == 0


def test_a_killed_job_leaves_the_last_release_and_can_be_run_again(ministry: Path) -> None:
    clinic, store = ministry / "visits", ministry / "store"
    command = [YTEMO, "publish", str(clinic), "--edition", "2026", "--data-dir", str(store)]
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    whole = time.monotonic() - started
    write_visits(clinic / "visits-2026.csv", rows=3_001)
    for share in (0.5, 0.7, 0.8, 0.9, 0.95):
        job = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * share)
        job.kill()
        job.wait()
        assert published(store) in (["2026.1.json"], ["2026.1.json", "2026.2.json"])
        assert ytemo("verify", store).returncode == 0
    assert publish(clinic, store).returncode == 0
    assert published(store) == ["2026.1.json", "2026.2.json"]
    assert not list((store / "staging").iterdir())


def test_every_error_has_an_exit_code() -> None:
    assert set(EXIT_CODES) == set(reference_docs.errors())
    assert all(issubclass(error, YtemoError) for error in EXIT_CODES)


def test_an_unknown_setting_stops_the_command(tmp_path: Path) -> None:
    result = ytemo("publish", "dengue-cases", "--edition", "1994-2009", "--json", YTEMO_DATADIR=str(tmp_path))
    assert error_of(result)["code"] == "setting-invalid"
    assert "YTEMO_DATA_DIR" in json.dumps(error_of(result))


@pytest.mark.parametrize(
    ("module", "code", "says"),
    [
        ("publishers.cli", 1, "run ytemo"),
        ("publishers.standalone.cli", 1, "run ytemo"),
        ("catalog.cli", 1, "run ytemo"),
        ("portal.cli", 0, f"ytemo {__version__}"),
        ("portal.start", 0, f"ytemo {__version__}"),
    ],
)
def test_no_module_of_commands_does_nothing_in_silence(module: str, code: int, says: str) -> None:
    """A script that runs `python -m publishers.cli publish …` must not take nothing for done."""
    command = [sys.executable, "-m", module, "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == code
    assert says in result.stdout + result.stderr


def test_a_fault_never_shows_what_it_said(tmp_path: Path) -> None:
    script = (
        "import publishers.cli as c, portal.cli as p\n"
        f"def broken(*a, **k): raise ValueError('{CANARY}')\n"
        "c.publish_edition = broken\n"
        "p.main()\n"
    )
    arguments = ["publish", "dengue-cases", "--edition", "2026", "--data-dir", str(tmp_path)]
    result = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 70
    assert "ValueError" in result.stderr
    assert CANARY not in result.stdout + result.stderr
