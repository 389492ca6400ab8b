"""Files that are traps: each is refused with its place, rule and remedy, quickly and in little memory."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from datasets.errors import SourceUnreadable
from datasets.source import Source
from publishers.extract.location import locate
from tests.unit.publishers.extract.conftest import Intake


@pytest.mark.parametrize("path", ["../x.csv", "/etc/passwd", "a/../../x.csv", "..\\x.csv", "x{other}.csv"])
def test_a_path_stays_in_the_input_folder(intake: Intake, path: str) -> None:
    assert intake.problems(path)[0].startswith("source.path: must be a path inside the input folder")


def test_a_link_may_not_leave_the_input_folder(intake: Intake, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a,b\n1,x\n")
    (intake.folder / "x.csv").symlink_to(tmp_path / "secret.csv")
    assert "is a link that leaves the input folder" in intake.problems("x.csv")[0]


def test_a_link_inside_the_input_folder_is_followed(intake: Intake) -> None:
    intake.put("real.csv", "a,b\n1,x\n")
    (intake.folder / "x.csv").symlink_to(intake.folder / "real.csv")
    assert intake.rows("x.csv") == [(1, "x")]


def test_what_is_no_regular_file_is_not_opened(intake: Intake) -> None:
    (intake.folder / "dir.csv").mkdir()
    os.mkfifo(intake.folder / "pipe.csv")
    (intake.folder / "loop.csv").symlink_to(intake.folder / "loop.csv")
    assert "not a file" in intake.problems("dir.csv")[0]
    assert "not a file" in intake.problems("pipe.csv")[0]
    assert "cannot be opened" in intake.problems("loop.csv")[0]
    assert "does not exist" in intake.problems("none.csv")[0]


def test_a_file_without_permission_is_refused(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything: the refusal of the system is replayed."""
    intake.put("x.csv", "a,b\n1,x\n")

    def refuse(*_arguments: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceUnreadable, match="may not be read by this user"):
        locate(Source.model_validate({"path": "x.csv", "columns": {"a": {}}}), folder=intake.folder, edition="2024")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.csv", b"", "is empty"),
        ("x.csv", b"PK\x03\x04rest", "is a xlsx file, not text"),
        ("x.csv", b"\x1f\x8brest", "is a gzip file, not text"),
        ("x.csv", b"%PDF-1.7", "is a pdf file, not text"),
        ("x.csv", b"a,b\n1,x\x00\n", "x.csv line 2: holds a NUL byte"),
        ("x.csv", b"\x00" * 5000, "x.csv line 1: holds a NUL byte"),
        ("x.csv", b"\x89\x01\x00\xff\xfe\xfa" * 500, "holds a NUL byte"),
        ("x.csv", b"a,b\n1," + b"x" * 5_000_000, "x.csv line 2: is longer than 2,000,000 bytes"),
        ("x.csv", b"x" * 9_000_000, "x.csv line 1: is longer than 2,000,000 bytes"),
        ("x.csv", b"\xff\xfe" + b"x\x00" * 5_000_000, "x.csv line 1: is longer than 2,000,000 bytes"),
        ("x.csv", b"a,b\n" + b'1,"' + b"x\n" * 3_000_000, "has a quote that is never closed"),
        ("x.csv", ",".join(f"c{place}" for place in range(100_000)).encode() + b"\n", "has 100,000 columns"),
        ("x.xlsx", b"a,b\n", "is not a xlsx file"),
        ("x.xlsx", b"PK\x03\x04" + b"junk" * 200, "is not a workbook"),
        ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"junk" * 500, "is not a workbook"),
        ("x.parquet", b"PAR1" + b"junk" * 20 + b"PAR1", "is not a complete Parquet file"),
        ("x.parquet.gz", b"\x1f\x8b", "only text files may be compressed"),
        ("x.doc", b"a,b\n", "has an ending that tells no format"),
        ("x.csv.gz", b"a,b\n", "is not a gzip file"),
    ],
)
def test_what_is_not_what_it_says_is_refused(intake: Intake, name: str, content: bytes, words: str) -> None:
    intake.put(name, content)
    assert words in intake.problems(name)[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\r1,x\r" * 100 + b"2,\x00\r", "x.csv line 201: holds a NUL byte"),
        (b"a,b\r\n1,x\r\n2,\x00\r\n", "x.csv line 3: holds a NUL byte"),
        (b"a,b\r\n" + b"1,xy\r\n" * 200_000 + b"2,\x00\r\n", "x.csv line 200002: holds a NUL byte"),
        (b"a,b\x00\n1,x\n", "x.csv line 1: holds a NUL byte"),
        ("\ufeffa,b\n1,x\n\ufeffa,b\n2,y\n".encode(), "x.csv line 3: holds a byte order mark"),
        ("a,\ufeffb\n1,x\n".encode(), "x.csv line 1: holds a byte order mark"),
        ("a,b\r1,x\r2,y\ufeff\r".encode(), "x.csv line 3: holds a byte order mark"),
        ("\ufeffa,b\n1,x\n\ufeffa,b\n".encode("utf-16-le"), "x.csv line 3: holds a byte order mark"),
        (b"a,b\n" + b"\n" * 3_000_000, "begins a million empty lines"),
        (b"a,b\r" + b"\r" * 3_000_000, "begins a million empty lines"),
    ],
)
def test_what_no_export_writes_is_refused_with_its_line(intake: Intake, content: bytes, words: str) -> None:
    intake.put("x.csv", content)
    assert words in intake.problems("x.csv")[0]


def test_lines_that_end_in_cr_alone_and_two_marks_at_the_start_are_read(intake: Intake) -> None:
    intake.put("x.csv", "\ufeff\ufeffa,b\r1,x\r2,y\r")
    assert intake.rows("x.csv") == [(1, "x"), (2, "y")]


def test_a_cell_just_below_the_limit_of_a_line_comes_out_whole(intake: Intake) -> None:
    intake.put("x.csv", '1,"'.join(["a,b\n", "x" * 1_900_000]) + '"\n')
    assert len(str(intake.rows("x.csv")[0][1])) == 1_900_000


def test_compressed_text_is_read_whole_or_not_at_all(intake: Intake) -> None:
    text = ("a,b\n" + "".join(f"{number},x\n" for number in range(100_000))).encode()
    whole = {"x.csv.gz": gzip.compress(text), "x.csv.zst": pa.compress(text, codec="zstd", asbytes=True)}
    for name, packed in whole.items():
        intake.put(name, packed)
        assert intake.run(name).rows == 100_000
        for cut in (len(packed) // 2, len(packed) - 9, len(packed) - 1):
            intake.put(name, packed[:cut])
            assert intake.problems(name)[0].startswith(f"{name}: is cut off or damaged")


def test_several_members_and_frames_are_one_file(intake: Intake) -> None:
    intake.put("x.csv.gz", gzip.compress(b"a,b\n1,x\n") + gzip.compress(b"2,y\n"))
    assert intake.rows("x.csv.gz") == [(1, "x"), (2, "y")]
    skippable = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
    frames = [pa.compress(part, codec="zstd", asbytes=True) for part in (b"a,b\n1,x\n", b"2,y\n")]
    intake.put("x.csv.zst", frames[0] + skippable + frames[1])
    assert intake.rows("x.csv.zst") == [(1, "x"), (2, "y")]


def test_a_gzip_bomb_is_stopped(intake: Intake) -> None:
    intake.put("x.csv.gz", gzip.compress(b"0" * (100 << 20)))
    assert "more than 200 times larger" in intake.problems("x.csv.gz")[0]


def test_a_workbook_bomb_is_stopped(intake: Intake) -> None:
    with zipfile.ZipFile(intake.folder / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (100 << 20))
    assert "unpacks to far more than its size" in intake.problems("x.xlsx")[0]


def test_a_file_that_grows_while_it_is_read_is_refused(intake: Intake) -> None:
    path = intake.put("x.csv", "a,b\n1,x\n")
    found = locate(Source.model_validate({"path": "x.csv", "columns": {"a": {}}}), folder=intake.folder, edition="1")
    with path.open("a") as stream:
        stream.write("2,y\n")
    with pytest.raises(SourceUnreadable, match="changed while it was read"):
        found.check_unchanged()


_MEASURED = """
import json, resource, sys
sys.path[:] = json.loads(sys.argv[1])
from pathlib import Path
from datasets.errors import SourceUnreadable
from datasets.source import Source
from publishers.extract.extract import extract
from publishers.limits import JobLimits
work = Path(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF)
try:
    source = Source.model_validate({"path": "x.csv", "columns": {"a": {}}})
    limits = JobLimits(256, 2, work / "spill")
    extract(source, folder=work, edition="1", work=work / "work", environ={}, limits=limits)
except SourceUnreadable as error:
    after = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps([str(error), after.ru_maxrss - before.ru_maxrss, after.ru_utime - before.ru_utime]))
"""


def measured(folder: Path) -> tuple[str, int, float]:
    """Return the message, and the kibibytes and seconds of a process of its own, above what its imports took."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, json.dumps(sys.path), str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    message, kibibytes, seconds = json.loads(done.stdout)
    return message, kibibytes, seconds


def test_five_gigabytes_of_nothing_cost_nothing(tmp_path: Path) -> None:
    with (tmp_path / "x.csv").open("wb") as stream:
        stream.truncate(5 << 30)
    message, kibibytes, seconds = measured(tmp_path)
    assert "holds a NUL byte" in message
    assert kibibytes < 100_000
    assert seconds < 2


@pytest.mark.parametrize("start", [b"", b"a\n", b'a\n"', b"\xff\xfe", "a\nđ".encode()])
def test_a_line_without_end_costs_nothing(tmp_path: Path, start: bytes) -> None:
    with (tmp_path / "x.csv").open("wb") as stream:
        stream.write(start)
        for _ in range(200):
            stream.write(b"x" * (1 << 20))
    message, kibibytes, seconds = measured(tmp_path)
    assert "is longer than 2,000,000 bytes" in message
    assert kibibytes < 100_000
    assert seconds < 2
