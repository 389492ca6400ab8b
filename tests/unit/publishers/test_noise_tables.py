"""Noise tables: made for a variance, or read from a file beside the definition with every line checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.errors import DefinitionInvalid, DisclosureRuleInvalid
from datasets.perturbation_choice import CellKey
from datasets.text import Bilingual
from publishers.noise_tables import noise_of, noise_warning

REASON = Bilingual(vi="một phép thử", en="a test")


def choice(**keys: object) -> CellKey:
    return CellKey.model_validate({"policy": "vn_proposed", "method": "cell_key", "reason": REASON, **keys})


def write(folder: Path, text: str) -> CellKey:
    (folder / "noise.csv").write_text(text, encoding="utf-8")
    return choice(noise_table="noise.csv", keys=2)


FILE = "pcv,ckey,pvalue\n" + "".join(f"{count},{key},{1 if key else -1}\n" for count in range(1, 751) for key in (0, 1))


def test_noise_is_made_for_a_variance() -> None:
    found = noise_of(choice(variance=1.5, largest=4, keys=512), Path())
    assert (found.modulus, found.largest) == (512, 4)
    assert found.variance()[-1] == pytest.approx(1.5, abs=0.05)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_is_read_as_it_is(tmp_path: Path, mark: str) -> None:
    found = noise_of(write(tmp_path, mark + FILE), tmp_path)
    assert found.noise.shape == (751, 2)
    assert found.noise[5].tolist() == [-1, 1]
    assert not found.noise[0].any()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pcv,key\n1,0\n", r"noise\.csv line 1: has no column ckey, pvalue"),
        ("pcv,ckey,pvalue\n1,0,x\n", r"noise\.csv line 2: must have three whole numbers"),
        ("pcv,ckey,pvalue\n1,0\n", r"noise\.csv line 2: must have three whole numbers"),
        ("pcv,ckey,pvalue\n1,0,0\n1,0,1.5\n", r"noise\.csv line 3: must have three whole numbers"),
        ("pcv,ckey,pvalue\n1,0,１\n", r"noise\.csv line 2: must have three whole numbers"),
        ("pcv,ckey,pvalue\n1,\0,1\n", r"noise\.csv line 2: must have three whole numbers"),
        (f"pcv,ckey,pvalue\n1,0,{2**63}\n", r"noise\.csv line 2: has a pvalue that is not from -10,000"),
        (f"pcv,ckey,pvalue\n1,0,{10**17}\n", r"noise\.csv line 2: has a pvalue that is not from -10,000 to 10,000"),
        ("pcv,ckey,pvalue\n1,0,-10001\n", r"line 2: has a pvalue that is not"),
        (f"pcv,ckey,pvalue\n1,{2**31},0\n", r"noise\.csv line 2: has a ckey that is not from 0 to 1,048,575"),
        ("pcv,ckey,pvalue\n1,-1,0\n", r"line 2: has a ckey"),
        ("pcv,ckey,pvalue\n751,0,0\n", r"noise\.csv line 2: has a pcv that is not from 0 to 750"),
        ('pcv,ckey,pvalue\n1,0,0\n2,0,"1\n', r"noise\.csv line 3: is no line of a table"),
        ("pcv,ckey,pvalue\n1,0," + "1" * 200_000, r"noise\.csv line 2: is no line of a table"),
        ("pcv,ckey,pvalue\n1,0," + "1" * 1_001, r"noise\.csv line 2: is no line of a table"),
        ("pcv,ckey,pvalue\n1,0," + "1" * 1_000, r"noise\.csv line 2: must have three whole numbers"),
        ("pcv,pcv,ckey,pvalue\n1,0,0,0\n", r"line 1: has the column pcv twice"),
        ("pcv,ckey,pvalue\n", r"noise\.csv: has no rows"),
        ("", r"has no column pcv, ckey, pvalue"),
    ],
)
def test_a_file_that_cannot_be_read_names_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DefinitionInvalid, match=says):
        noise_of(write(tmp_path, text), tmp_path)


def test_a_table_of_other_keys_or_with_gaps_is_refused(tmp_path: Path) -> None:
    write(tmp_path, FILE)
    with pytest.raises(DisclosureRuleInvalid, match="write keys: 2"):
        noise_of(choice(noise_table="noise.csv"), tmp_path)
    with pytest.raises(DisclosureRuleInvalid, match="do not stand in the noise table once"):
        noise_of(write(tmp_path, FILE.replace("7,1,1\n", "", 1)), tmp_path)


@pytest.mark.parametrize(
    ("variance", "says"), [(1e-9, "256 of 256"), (0.004, "254 of 256"), (0.02, r"25\d of 256"), (0.2, r"2\d\d of 256")]
)
def test_noise_that_changes_next_to_nothing_is_refused(variance: float, says: str) -> None:
    with pytest.raises(
        DisclosureRuleInvalid, match=rf"disclosure\.variance: leaves a count of \d as it is with {says}"
    ):
        noise_of(choice(variance=variance, largest=1), Path())


def test_noise_that_cannot_be_made_names_its_key() -> None:
    with pytest.raises(DisclosureRuleInvalid, match=r"disclosure\.variance: no noise for a count of 1 has mean 0"):
        noise_of(choice(variance=1000.0, largest=100), Path())


def test_a_table_without_noise_is_refused(tmp_path: Path) -> None:
    zeros = "pcv,ckey,pvalue\n" + "".join(f"{count},{key},0\n" for count in range(1, 751) for key in (0, 1))
    with pytest.raises(
        DisclosureRuleInvalid, match=r"disclosure\.noise_table: leaves a count of 1 as it is with 2 of 2"
    ):
        noise_of(write(tmp_path, zeros), tmp_path)


@pytest.mark.parametrize(("variance", "warned"), [(0.45, True), (1.0, False), (2.0, False)])
def test_little_noise_is_a_warning(variance: float, warned: bool) -> None:
    chosen = choice(variance=variance, largest=5)
    warning = noise_warning(chosen, noise_of(chosen, Path()))
    assert (warning is not None) == warned
    assert warning is None or "of 256 cell keys" in warning.rule


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n\n"])
def test_lines_end_as_spreadsheets_end_them(tmp_path: Path, end: str) -> None:
    made = write(tmp_path, "")
    (tmp_path / "noise.csv").write_bytes(FILE.replace("\n", end).encode())
    assert noise_of(made, tmp_path).noise[5].tolist() == [-1, 1]


def test_one_large_key_asks_for_no_large_table(tmp_path: Path) -> None:
    write(tmp_path, "pcv,ckey,pvalue\n1,1048575,0\n")
    with pytest.raises(DisclosureRuleInvalid, match=r"noise\.csv: at least 786431999 combinations"):
        noise_of(choice(noise_table="noise.csv", keys=2**20), tmp_path)


@pytest.mark.parametrize("path", ["gone.csv", "../noise.csv"])
def test_a_file_elsewhere_is_not_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "noise.csv").write_text(FILE, encoding="utf-8")
    (tmp_path / "definition").mkdir()
    with pytest.raises(DefinitionInvalid):
        noise_of(choice(noise_table=path, keys=2), tmp_path / "definition")
