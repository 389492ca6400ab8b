"""What the commands tell staff beside their result: embargoes, warnings, rows left out, and wrong arguments."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from datasets import __version__
from datasets.public_releases import PublicReleases
from datasets.release import PublicRelease
from portal.cli import app
from portal.public.app import PortalOptions, create_app
from tests.support.clinic import write_clinic, write_visits
from tests.support.http import client_of

VIET_NAM = "09:00 on 01/03/2099 in Viet Nam (2099-03-01 02:00 UTC)"


def ytemo(*arguments: str | Path, code: int = 0, **settings: str) -> str:
    """Run a command that must end with ``code`` and return what it printed, results and the rest."""
    ended = CliRunner().invoke(app, list(map(str, arguments)), env=settings)
    assert ended.exit_code == code, ended.output
    # A terminal breaks lines where it likes.
    return " ".join(ended.output.split())


def answer(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CliRunner().invoke(app, [*map(str, arguments), "--json"]).stdout)
    return found


def publish(clinic: Path, *more: str, edition: str = "2026", code: int = 0) -> str:
    store = clinic.parent / "store"
    return ytemo("publish", clinic, "--edition", edition, "--data-dir", store, *more, code=code)


def edit(clinic: Path, old: str, new: str) -> None:
    path = clinic / "dataset.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def released(clinic: Path) -> PublicRelease:
    store = clinic.parent / "store"
    return PublicReleases(store, store / "public-key.pem").latest("clinic-visits")


def file_text(clinic: Path, path: str) -> str:
    store = clinic.parent / "store"
    release = released(clinic)
    return PublicReleases(store, store / "public-key.pem").file(release, path).path.read_text(encoding="utf-8")


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return write_clinic(tmp_path / "visits", rows=600)


# Embargo --------------------------------------------------------------------------------------------------------------


def test_an_embargo_is_told_and_another_one_refused(clinic: Path) -> None:
    assert f"under embargo: nobody sees it before {VIET_NAM}" in publish(clinic, "--embargo", "2099-03-01T02:00")
    assert "nothing was added" in publish(clinic, "--embargo", "2099-03-01T09:00+07:00"), "the same moment"
    without = publish(clinic)
    assert "nothing was added" in without
    assert VIET_NAM in without
    other = publish(clinic, "--embargo", "2099-04-01", code=40)
    assert VIET_NAM in other
    assert "publish the next version" in other
    methods = clinic / "methods.md"
    methods.write_text(methods.read_text(encoding="utf-8") + "\nEarlier.\n", encoding="utf-8")
    assert "Published clinic-visits 2026.2" in publish(clinic)
    assert released(clinic).version == 2


def test_what_is_public_gets_no_embargo(clinic: Path) -> None:
    publish(clinic)
    marks = sorted((clinic.parent / "store" / "private" / "marks" / "clinic-visits").iterdir())
    assert "is public since" in publish(clinic, "--embargo", "2099-04-01", code=40)
    assert sorted(marks[0].parent.iterdir()) == marks, "what was refused leaves no marks of a release"


def test_an_embargo_in_another_order_is_answered_with_an_example(clinic: Path) -> None:
    assert "2027-03-01T02:00" in publish(clinic, "--embargo", "01/03/2027", code=12)


def test_the_embargo_is_in_the_answer_for_machines(clinic: Path) -> None:
    told = answer(
        "publish", clinic, "--edition", "2026", "--data-dir", clinic.parent / "store", "--embargo", "2099-03-01T02:00"
    )
    assert (told["embargoed"], told["available_from"]) == (True, "2099-03-01T02:00:00+00:00")
    assert told["store"] == str(clinic.parent / "store")


def test_a_job_that_fails_leaves_no_store_behind(clinic: Path) -> None:
    store = clinic.parent / "store"
    ytemo("build", clinic, "--edition", "2026", "--data-dir", store, "--output", clinic.parent / "preview")
    assert not store.exists(), "a preview makes nothing but its package"
    publish(clinic, edition="2025", code=20)
    (clinic / "visits-2025.csv").write_text("patient,sex,age\np1,F,old\n", encoding="utf-8")
    assert "new release store" not in publish(clinic, edition="2025", code=21)
    assert not store.exists()


# What is published already --------------------------------------------------------------------------------------------


def test_the_file_of_another_edition_is_refused_until_somebody_says_that_it_is_so(clinic: Path) -> None:
    publish(clinic)
    shutil.copy(clinic / "visits-2026.csv", clinic / "visits-2027.csv")
    told = publish(clinic, edition="2027", code=31)
    assert "has no number that differs from those of 2026.1" in told
    built = ("--data-dir", clinic.parent / "store", "--output", clinic.parent / "preview")
    assert "has no number that differs" in ytemo("build", clinic, "--edition", "2027", *built)
    assert "Published clinic-visits 2027.1" in publish(clinic, "--same-as", "2026", edition="2027")
    assert "nothing was added" in publish(clinic), "what is published stays as it is"


def test_a_new_version_tells_what_it_revises_and_half_a_file_is_noticed(clinic: Path) -> None:
    publish(clinic)
    visits = clinic / "visits-2026.csv"
    lines = visits.read_text(encoding="utf-8").splitlines()
    visits.write_text("\n".join(lines[:301]) + "\n", encoding="utf-8")
    told = publish(clinic)
    assert re.search(r"Published clinic-visits 2026\.2 in \S+ Since edition 2026, version 1: \d+ values changed", told)
    assert "Totals since 2026.1: visits 600 → 300; people" in told
    assert "the total of visits is 300, 50 % less than the 600 of 2026.1" in told
    visits.write_text("patient,sex,age\np1,M,30\np2,F,30\n", encoding="utf-8")
    assert "visits 300 → not shown" in publish(clinic), "a withheld total stays so"


# Protection -----------------------------------------------------------------------------------------------------------


def test_a_weaker_threshold_is_told_to_staff_and_readers(clinic: Path) -> None:
    weaker = "policy: vn_proposed\n  threshold: 3"
    edit(clinic, "policy: vn_proposed", weaker)
    assert "disclosure.threshold" in ytemo("definitions", "check", clinic, code=10)
    edit(clinic, weaker, weaker + "\n  reason: {vi: Số liệu đã cũ, en: The data is old}")
    checked = ytemo("definitions", "check", clinic)
    assert "Warning: clinic-visits, disclosure: protects less than the policy vn_proposed" in checked
    assert "fewer than 3 people, the policy fewer than 5" in checked
    assert answer("definitions", "check", clinic)["warnings"]
    assert "Warning: clinic-visits, disclosure" in publish(clinic)
    readme = file_text(clinic, "README.md")
    assert "fewer than 3 people, the policy fewer than 5" in readme
    assert "dưới 3 người thì không công bố, theo quy tắc là dưới 5 người" in readme
    assert "The data is old" in readme
    report = json.loads(file_text(clinic, "disclosure-report.json"))
    assert "fewer than 3" in report["deviation"]["en"]


def test_a_threshold_of_one_is_refused(clinic: Path) -> None:
    edit(clinic, "policy: vn_proposed", "policy: vn_proposed\n  threshold: 1\n  reason: {vi: Vì thế, en: Because}")
    assert "method: none with a reason" in ytemo("definitions", "check", clinic, code=10)


def test_members_without_a_row_and_tables_of_gaps_are_told_to_staff(clinic: Path) -> None:
    visits = clinic / "visits-2026.csv"
    visits.write_text("patient,sex,age\n" + "".join(f"p{at},M,{at % 97}\n" for at in range(900)), encoding="utf-8")
    told = publish(clinic)
    assert "Warning: clinic-visits, dimension sex: 1 of its members (F) are shown as true zeros in every cell" in told
    visits.write_text("patient,sex,age\np1,M,30\np2,F,30\n", encoding="utf-8")
    built = ytemo("build", clinic, "--edition", "2026", "--output", clinic.parent / "preview")
    assert "does not even show the grand total of" in built


def test_staff_hear_what_protection_cost_and_readers_do_not(clinic: Path) -> None:
    visits = clinic / "visits-2026.csv"
    rows = [f"p{at},{'M' if at % 2 else 'F'},{at % 60}\n" for at in range(900)] + [
        "q1,M,97\n",
        "q2,F,96\n",
        "q3,F,95\n",
    ]
    visits.write_text("patient,sex,age\n" + "".join(rows), encoding="utf-8")
    output = clinic.parent / "preview"
    built = ytemo("build", clinic, "--edition", "2026", "--output", output)
    # Without a store each preview draws a seed of its own: another one withholds other cells, as many small ones.
    (cost,) = answer("build", clinic, "--edition", "2026", "--output", clinic.parent / "other")["protection"]
    assert re.search(r"cells \([1-9]\d* %\) are withheld, \d+ of", built)
    assert f"Why: {cost['reasons']['few_people']} too few people" in built
    assert "Most is lost of age_group" in built
    assert "Why: " in publish(clinic)
    published = "".join(path.read_text(errors="ignore") for path in output.rglob("*") if path.is_file())
    assert "few_people" not in published


def test_a_table_that_loses_nothing_is_named_too(clinic: Path) -> None:
    rows = "".join(f"p{at},{'M' if at % 2 else 'F'},{at % 90}\n" for at in range(1800))
    (clinic / "visits-2026.csv").write_text("patient,sex,age\n" + rows, encoding="utf-8")
    edit(clinic, "dimensions: [sex, age_group]", "dimensions: [sex]")
    edit(clinic, "by-sex-age:", "by-sex:")
    assert "Table by-sex (visits, people): none of 3 cells had to be withheld." in publish(clinic)
    edit(clinic, "  policy: vn_proposed", "  policy: already_public\n  reason: {vi: Đã công bố, en: Published before}")
    told = ytemo("build", clinic, "--edition", "2026", "--output", clinic.parent / "preview")
    assert "had to be withheld" not in told, "nothing is withheld by choice"


# Looking at a package -------------------------------------------------------------------------------------------------

SUM = """
  cost:
    title: {vi: Chi phí, en: Cost}
    unit: {vi: đồng, en: dong}
    type: sum
    column: cost
tables:"""


def test_every_warning_is_given_once(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clinic.parent)
    edit(clinic, "\ntables:", SUM)
    edit(clinic, "    patient: {}\n", "    patient: {}\n    cost: {type: integer}\n")
    visits = clinic / "visits-2026.csv"
    header, *rows = visits.read_text(encoding="utf-8").splitlines()
    visits.write_text("\n".join([f"{header},cost", *(f"{row},7" for row in rows)]) + "\n", encoding="utf-8")
    told = ytemo("build", clinic, "--edition", "2026", "--output", clinic.parent / "preview")
    assert told.count("does not look at who contributes to cost") == 1
    warnings = answer("build", clinic, "--edition", "2026", "--output", clinic.parent / "other")["warnings"]
    assert len(set(warnings)) == len(warnings) > 1


def test_a_package_that_is_made_without_its_store_says_so(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store that would have been reckoned with may be the one by default: what counts is whether it is there."""
    monkeypatch.chdir(clinic.parent)

    def built(*more: str | Path) -> str:
        shutil.rmtree("preview", ignore_errors=True)
        return ytemo("build", clinic, "--edition", "2026", "--output", "preview", *more)

    reckoned = (
        "Nothing published before is reckoned with: publishing may withhold other cells of equal worth, or refuse"
    )
    by_default = "Warning: --data-dir: is not given, and the folder by default, data, is no release store."
    assert f"{by_default} {reckoned}" in built()
    assert by_default in built(), "the folder that the first job made for its own work is no store"
    assert f"Warning: --data-dir nowhere: is no release store. {reckoned}" in built("--data-dir", "nowhere")
    with monkeypatch.context() as environ:
        environ.setenv("YTEMO_DATA_DIR", "nowhere")
        assert "Warning: YTEMO_DATA_DIR nowhere: is no release store." in built()
    shutil.rmtree("preview")
    machine = answer("build", clinic, "--edition", "2026", "--output", "preview")
    assert [one for one in machine["warnings"] if "is no release store" in one]
    publish(clinic)
    assert "Warning" not in built("--data-dir", "store")
    with monkeypatch.context() as environ:
        environ.setenv("YTEMO_DATA_DIR", "store")
        assert "Warning" not in built()
    assert not Path("data").exists(), "a preview leaves nothing in a folder that is no store"
    Path("store").rename("data")
    assert "Warning" not in built(), "the store by default is reckoned with"
    shutil.rmtree("preview")
    assert not answer("build", clinic, "--edition", "2026", "--output", "preview")["warnings"]


def test_a_package_that_is_made_without_the_keys_of_its_store_says_so(clinic: Path) -> None:
    publish(clinic)
    store, output = clinic.parent / "store", clinic.parent / "preview"
    (store / "private" / "signing-key.pem").unlink()
    told = ytemo("build", clinic, "--edition", "2026", "--output", output, "--data-dir", store)
    assert "signing-key.pem: is not at hand, and decides between cells of equal worth: publishing may" in told
    (store / "public-key.pem").unlink()
    shutil.rmtree(output)
    told = ytemo("build", clinic, "--edition", "2026", "--output", output, "--data-dir", store)
    assert "public-key.pem: is not there, and without it the store cannot be read. Nothing published before" in told
    edit(clinic, "  policy: vn_proposed", "  policy: already_public\n  reason: {vi: Đã công bố, en: Published before}")
    shutil.rmtree(output)
    told = ytemo("build", clinic, "--edition", "2026", "--output", output, "--data-dir", store)
    assert "reckoned with: publishing may refuse this edition" in told


def test_a_code_list_is_the_same_in_every_store(tmp_path: Path) -> None:
    built = ytemo("build", "administrative-units", "--edition", "2026-07", "--output", tmp_path / "preview")
    assert "release store" not in built


# Rows left out --------------------------------------------------------------------------------------------------------


def test_rows_that_were_left_out_are_told_to_staff_and_readers(clinic: Path) -> None:
    edit(clinic, "path: visits-{edition}.csv", "path: visits-{edition}.csv\n  max_bad_rows: 5")
    with (clinic / "visits-2026.csv").open("a", encoding="utf-8") as file:
        file.write("p1,F,old\np2,M,older\n")
    built = ytemo("build", clinic, "--edition", "2026", "--output", clinic.parent / "preview")
    assert "2 rows were left out, as max_bad_rows allows" in built
    assert "Left out: visits-2026.csv, column age, 2 rows: 602, 603" in built
    assert "2 rows were left out" in publish(clinic)
    assert released(clinic).description.rows_left_out == 2
    assert json.loads(file_text(clinic, "datapackage.json"))["rows_left_out"] == 2
    assert "2 rows of the source could not be used" in file_text(clinic, "README.md")
    assert "2 dòng của dữ liệu gốc không dùng được" in file_text(clinic, "README.md")
    with client_of(
        create_app(PortalOptions(clinic.parent / "store", clinic.parent / "store" / "public-key.pem"))
    ) as client:
        assert "không có trong dữ liệu này: 2." in client.get("/datasets/clinic-visits").text
        assert "not in this data: 2." in client.get("/en/datasets/clinic-visits").text


# Editions -------------------------------------------------------------------------------------------------------------


def test_an_edition_whose_period_has_not_begun_is_warned_of_and_a_distant_one_refused(clinic: Path) -> None:
    year = datetime.now(UTC).year
    for edition in (year + 1, year + 3):
        write_visits(clinic / f"visits-{edition}.csv", rows=600)
    assert f"Warning: --edition: {year + 1} begins on 01/01/{year + 1}" in publish(clinic, edition=str(year + 1))
    assert "in more than a year" in publish(clinic, edition=str(year + 3), code=11)


# Arguments ------------------------------------------------------------------------------------------------------------


def test_the_version_is_printed() -> None:
    assert ytemo("--version") == f"ytemo {__version__}"


def test_there_is_no_store_to_serve(tmp_path: Path) -> None:
    told = ytemo("serve", "--data-dir", tmp_path / "nostore", code=50)
    assert "is no release store" in told
    assert "--data-dir" in told
    assert not (tmp_path / "nostore").exists()


def test_what_cannot_be_verified_is_told_as_what_it_is(tmp_path: Path) -> None:
    assert "is no file or folder" in ytemo("verify", tmp_path / "nofile.zip", code=12)
    (tmp_path / "latest.zip").write_bytes(b"PK")
    assert "--public-key public-key.pem" in ytemo("verify", tmp_path / "latest.zip", code=12)


@pytest.mark.parametrize("command", [("verify", "."), ("definitions", "check")])
def test_every_command_refuses_an_unknown_setting(command: tuple[str, ...]) -> None:
    assert "YTEMO_FOO" in ytemo(*command, code=11, YTEMO_FOO="1")


def test_a_misspelt_dataset_or_release_is_not_withdrawn(clinic: Path) -> None:
    publish(clinic)
    why = ("--reason-vi", "Sai", "--reason-en", "Wrong", "--data-dir", clinic.parent / "store")
    assert "--reason-vi, --reason-en: must both be given" in ytemo("withdraw", "clinic-visits", "2026.1", code=11)
    assert "Did you mean clinic-visits?" in ytemo("withdraw", "clinic-visit", "2026.1", *why, code=41)
    assert "Did you mean 2026.1?" in ytemo("withdraw", "clinic-visits", "2026.2", *why, code=41)
    assert "Known here: 2026.1" in ytemo("withdraw", "clinic-visits", "1999.1", *why, code=41)


def test_one_dataset_is_not_counted_as_many(clinic: Path) -> None:
    publish(clinic)
    assert ytemo("catalog", "build", "--data-dir", clinic.parent / "store").startswith("1 dataset in ")
