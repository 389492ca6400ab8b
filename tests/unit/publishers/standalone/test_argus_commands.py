"""The command protect with tables and batch files of tau-ARGUS."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.standalone import rows, run
from tests.unit.publishers.standalone.argus_example import METADATA, RULE, STATUSES, TABLE


def test_a_table_of_tau_argus(tmp_path: Path) -> None:
    (tmp_path / "t.tab").write_text(TABLE)
    (tmp_path / "t.rda").write_text(METADATA)
    (tmp_path / "t.hst").write_text("01;tr1;u\n")
    table: list[str | Path] = ["protect", tmp_path / "t.tab", "--rules", tmp_path / "t.rda", "--out"]
    assert run(*table, tmp_path / "out", "--safety-rule", RULE).exit_code == 0
    refused = run(*table, tmp_path / "none")
    assert refused.exit_code == 10
    assert "neither a status nor an a-priori file marks a cell as unsafe" in refused.stderr
    assert run(*table, tmp_path / "by-hand", "--apriori", tmp_path / "t.hst").exit_code == 0
    reasons = {row["reason"] for row in rows(tmp_path / "by-hand" / "pattern.csv")}
    assert reasons == {"", "decision"}


BATCH = """\
// Written by tau-ARGUS
<OPENTABLEDATA> "C:\\work\\t.tab"
<OPENMETADATA> "C:\\work\\t.rda"
<SPECIFYTABLE> "ACTIVITY""SIZE"|"VAL"||
<SAFETYRULE> FREQ(3,10)|NK(1,85)
<READTABLE> 1
<APRIORI> "t.hst",1,";",0,0
<SUPPRESS> MOD(1,5,1,0,0)
<WRITETABLE> (1,4,,"C:\\work\\t.csv")
"""


def test_a_batch_file_of_tau_argus(tmp_path: Path) -> None:
    (tmp_path / "t.tab").write_text(TABLE)
    (tmp_path / "t.rda").write_text(METADATA)
    (tmp_path / "t.hst").write_text("01;tr1;c;5000\n")
    (tmp_path / "t.arb").write_text(BATCH)
    done = run("protect", tmp_path / "t.tab", "--rules", tmp_path / "t.arb", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    letters = {(row["ACTIVITY"], row["SIZE"]): row["Status"] for row in rows(tmp_path / "out/tau-argus/VAL-result.csv")}
    assert {cell: letter for cell, letter in letters.items() if letter != "V"} == STATUSES
    with (tmp_path / "out/tau-argus/VAL.tab").open() as file:
        assert '"01";"tr1";100;10;5000;0;0;S\n' in file.readlines()


@pytest.mark.parametrize(
    ("batch", "told"),
    [
        (BATCH + "<CLUSTER> 1\n", "t.arb line 10: CLUSTER cannot be done here"),
        (BATCH + "what\n", "t.arb line 10: what stands there cannot be done here"),
        (BATCH + '<SPECIFYTABLE> "A"|"B"||\n', "t.arb line 10: has a second SPECIFYTABLE"),
        (BATCH.replace("<OPENMETADATA>", "//"), "t.arb: lacks <OPENMETADATA>"),
        (BATCH.replace('"ACTIVITY""SIZE"', ""), "names no explanatory variable"),
        (BATCH.replace('"ACTIVITY""SIZE"', '"SIZE"'), "specifies SIZE, and the table has ACTIVITY, SIZE"),
        (BATCH.replace('"VAL"', '"N"'), "specifies N, and the table has VAL"),
        (BATCH.replace("t.rda", "u.rda"), "u.rda: cannot be read"),
    ],
)
def test_batch_files_that_cannot_be_used(tmp_path: Path, batch: str, told: str) -> None:
    (tmp_path / "t.tab").write_text(TABLE)
    (tmp_path / "t.rda").write_text(METADATA)
    (tmp_path / "t.hst").write_text("01;tr1;c;5000\n")
    (tmp_path / "t.arb").write_text(batch)
    done = run("protect", tmp_path / "t.tab", "--rules", tmp_path / "t.arb", "--out", tmp_path / "out")
    assert done.exit_code in (20, 21)
    assert told in done.stderr
