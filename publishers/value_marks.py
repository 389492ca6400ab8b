"""Marks of values: keyed digests that tell whether a cell still has the value it had, and nothing else.

True values of withheld cells are not kept. A later release has to know all the same which of them have changed, because
its readers may. So a job leaves marks of all its numbers in the ministry's own folder: 8 bytes for each, in ascending
order, so that not even their order says anything. Without the signing key they cannot be told from chance.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from anonymization.ledger import EarlierRelease
from anonymization.ledger_cells import present_cells
from anonymization.table import TableSet, Values
from datasets import disk
from datasets.bounded_files import read_regular
from datasets.errors import Problem, StoreUnavailable
from datasets.names import TOTAL
from datasets.release import FileEntry, Manifest, PublicRelease, ReleaseDescription
from datasets.signing import Signer
from datasets.text import Model
from datasets.verified_reads import VerifiedReads
from publishers.counted_people import CountedPeople

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.uint64]
Place = bytes
"""A cell of a release, by the names of its dimensions and the codes of their members; totals are left out."""

MARK_BYTES = 8
MOST_BYTES = 1 << 30
"""The largest file of marks that is read: those of 134 million numbers."""
_FILE = re.compile(r"[0-9A-Za-z-]{1,32}\.[0-9]{8}T[0-9]{12}Z\.[0-9a-f]{16}\.marks", re.ASCII)
_PART = re.compile(rf"\.{_FILE.pattern}\.part", re.ASCII)
"""What a file of marks is called until it is whole."""
_SHOWN = 3


def contributors_of(population: str) -> str:
    """Return the name under which the numbers of contributors are marked."""
    return f"contributors of {population}"


@dataclass(frozen=True)
class Marker:
    """Makes the marks of one release: the same number in another release has another mark."""

    key: bytes
    content: str
    """Which release it is: see `content_of`."""

    @classmethod
    def of(cls, signer: Signer, content: str) -> Marker:
        """Return the marker of a release; its key is kept wherever the signing key is."""
        return cls(hashlib.sha256(signer.sign(b"ytemo: marks of values")).digest(), content)

    def seal(self, content: bytes) -> str:
        """Return what shows that marks are whole and were made with this key, 32 hexadecimal digits."""
        return hashlib.blake2b(content, digest_size=16, key=self.key, person=b"ytemo marks").hexdigest()

    def marks(self, name: str, places: Iterable[Place], values: Iterable[float]) -> Numbers:
        """Return the mark of each value of the quantity `name`, uint64 (cells,)."""
        salt = bytes.fromhex(self.content)[: hashlib.blake2b.SALT_SIZE]
        empty = hashlib.blake2b(json.dumps(name).encode(), digest_size=MARK_BYTES, key=self.key, salt=salt)
        digests = []
        for place, value in zip(places, values, strict=True):
            one = empty.copy()
            one.update(place + _digits(value).encode())
            digests.append(one.digest())
        return np.frombuffer(b"".join(digests), dtype="<u8")


def _digits(value: float) -> str:
    """Return all digits of a number, the same whether it is kept as a whole number or not.

    Jobs add amounts up as whole numbers of millionths, so that the order of the rows makes no difference.
    """
    return str(int(value)) if value == int(value) else repr(float(value))


def places_of(columns: Mapping[str, Sequence[str]], count: int) -> list[Place]:
    """Return the places of `count` cells from their codes, a column for each dimension."""
    names = sorted(columns)
    rows = zip(*(columns[name] for name in names), strict=True) if names else iter([()] * count)
    return [json.dumps([pair for pair in zip(names, row, strict=True) if pair[1] != TOTAL]).encode() for row in rows]


@dataclass(frozen=True)
class Marks:
    """The marks of one release: of which quantities there are any, and all of them, uint64 in ascending order.

    `people` says whom they count; None where the release is from before that was kept.
    """

    content: str
    names: frozenset[str]
    values: Numbers
    people: CountedPeople | None = None

    @classmethod
    def of(cls, tables: TableSet, marker: Marker, people: CountedPeople | None = None) -> Marks:
        """Return the marks of all numbers of a release, before anything of it was withheld."""
        populations = {one.name: one.population for one in tables.measures}
        members = {one.name: one.members for one in tables.dimensions}
        parts: list[Numbers] = [np.zeros(0, dtype="<u8")]
        names: set[str] = set()
        for table in tables.tables:
            columns = {one: [members[one][at] for at in own.tolist()] for one, own in table.coordinates.items()}
            places = places_of(columns, len(table))
            numbers: dict[str, Values] = {contributors_of(name): own for name, own in table.contributors.items()}
            numbers |= {name: own for name, own in table.values.items() if populations[name] in table.contributors}
            for name, own in numbers.items():
                names.add(name)
                parts.append(marker.marks(name, places, own.tolist()))
        return cls(marker.content, frozenset(names), np.unique(np.concatenate(parts)), people)

    def told(self, marks: Numbers) -> Flags:
        """Return which of these marks are among them, bool (marks,)."""
        return np.isin(marks, self.values)

    def to_bytes(self, marker: Marker) -> bytes:
        values = self.values.astype("<u8").tobytes()
        names = tuple(sorted(self.names))
        seal = marker.seal(_sealed(self.content, names, self.people, values))
        header = _Header(content=self.content, names=names, people=self.people, seal=seal)
        return header.model_dump_json().encode() + b"\n" + values

    @classmethod
    def from_bytes(cls, content: bytes, marker: Marker) -> Marks:
        """Read what `to_bytes` wrote with the same marker; anything else, or less of it, raises ValueError.

        A mark that is missing would say that a cell has changed, which is taken to be no secret.
        """
        first, _, rest = content.partition(b"\n")
        header = _Header.model_validate_json(first)
        seal = marker.seal(_sealed(header.content, header.names, header.people, rest))
        if header.content != marker.content or not hmac.compare_digest(header.seal, seal):
            raise ValueError("is not what was written")
        return cls(header.content, frozenset(header.names), np.frombuffer(rest, dtype="<u8"), header.people)


def _sealed(content: str, names: Iterable[str], people: CountedPeople | None, values: bytes) -> bytes:
    told = [] if people is None else [people.model_dump(mode="json")]
    return json.dumps([content, list(names), *told], sort_keys=True).encode() + b"\n" + values


class _Header(Model):
    """The first line of a file of marks."""

    format: Literal["ytemo-marks/1"] = "ytemo-marks/1"
    content: str
    names: tuple[str, ...]
    people: CountedPeople | None = None
    """Not in files of before it was kept."""
    seal: str


Codes = Mapping[str, Mapping[str, Sequence[str]]]
"""The codes of the rows of a release's tables, by table and dimension."""


def knowing_changes(
    earlier: EarlierRelease, codes: Codes, present: TableSet, known: tuple[Marks, Marker]
) -> EarlierRelease | None:
    """Return an earlier release with which of its cells have changed; None where not all quantities have marks."""
    marks, marker = known
    nodes = present_cells(present, earlier)
    values = {one.name: (one.population, present.measure_on_nodes(one)[0]) for one in present.measures}
    tables = []
    for table in earlier.tables:
        places = places_of(codes[table.name], len(table))
        numbers: dict[str, tuple[str, Values]] = {
            contributors_of(name): (name, present.contributors) for name in table.withheld
        }
        numbers |= {name: values[name] for name in table.values}
        called = called_then(marks.people, {name: values[name][0] for name in table.values})
        if not marks.names >= {called.get(name, name) for name in numbers}:
            return None
        changed = {}
        for name, (population, own) in numbers.items():
            at = nodes[table.name, population]
            there = np.flatnonzero(at >= 0)
            rows = [places[row] for row in there.tolist()]
            marked = marker.marks(called.get(name, name), rows, own[at[there]].tolist())
            changed[name] = np.zeros(len(table), dtype=np.bool_)
            changed[name][there] = ~marks.told(marked)
        counts = {name: changed[contributors_of(name)] for name in table.withheld}
        # What was shown is compared as it was published, which may be less exact than its mark.
        amounts = {name: changed[name] & table.withheld[values[name][0]] for name in table.values}
        tables.append(replace(table, changed=counts, changed_values=amounts))
    return replace(earlier, tables=tuple(tables), changes_known=True)


def called_then(people: CountedPeople | None, populations: Mapping[str, str]) -> dict[str, str]:
    """Return the names of then under which contributors were marked, by those of now, from populations by quantity.

    A condition is part of the name; one that is a member now has left it.
    """
    then = people.populations if people is not None else {}
    same = {name: then[quantity] for quantity, name in populations.items() if quantity in then}
    kinds = {name: (name.partition(", ")[0], own.partition(", ")[0]) for name, own in same.items()}
    return {contributors_of(name): contributors_of(own) for name, own in same.items() if len({*kinds[name]}) == 1}


def content_of(files: Iterable[FileEntry], tables: Iterable[str]) -> str:
    """Return which release it is, by the hashes of its tables' Parquet files: 64 hexadecimal digits."""
    hashes = {one.path: one.sha256 for one in files}
    return hashlib.sha256(json.dumps([[path, hashes[path]] for path in sorted(tables)]).encode()).hexdigest()


@dataclass(frozen=True)
class MarkFolder:
    """Where the marks of all releases are: in the ministry, never on a web server."""

    root: Path
    signer: Signer

    def path(self, description: ReleaseDescription, files: Iterable[FileEntry], published_at: datetime) -> Path:
        """Return where the marks of one run are: no two runs write into one file, whether or not locks work."""
        content = content_of(files, [one.parquet for one in description.tables])
        moment = f"{published_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
        return self.root / description.dataset / f"{description.edition}.{moment}.{content[:16]}.marks"

    def path_of(self, manifest: Manifest) -> Path:
        """Return where the marks of a release are."""
        return self.path(manifest.description, manifest.files, manifest.published_at)

    def write(self, marks: Marks, path: Path) -> None:
        """Put marks in their place at once."""
        part = path.with_name(f".{path.name}.part")
        try:
            for folder in (self.root, path.parent):
                disk.make_folders(folder, mode=0o700)
            for left in (part, *self._parts(path.parent)):
                disk.unlink(left)
            disk.write_new(part, marks.to_bytes(Marker.of(self.signer, marks.content)), mode=0o600)
            disk.replace(part, path)
            disk.sync_folder(path.parent)
        except OSError as error:
            raise _unwritable(path, error) from None

    def _parts(self, folder: Path) -> list[Path]:
        """Return what jobs left that were stopped while they wrote: one job at a time works on a dataset.

        Where locks do not work and another writes at this moment, that one cannot put its marks in place, and stops.
        """
        names = os.listdir(folder)  # noqa: PTH208 - names, not paths
        return [folder / name for name in sorted(names) if _PART.fullmatch(name)]

    def remove(self, path: Path) -> None:
        """Remove the marks of a release that was not published after all."""
        try:
            disk.unlink(path)
        except OSError as error:
            raise _unwritable(path, error) from None

    def of(self, manifest: Manifest) -> tuple[Marks, Marker] | None:
        """Return the marks of a release and what makes the like; None where there are none that can be read."""
        tables = [one.parquet for one in manifest.description.tables]
        marker = Marker.of(self.signer, content_of(manifest.files, tables))
        try:
            content = read_regular(self.path_of(manifest), MOST_BYTES)
            return None if content is None else (Marks.from_bytes(content, marker), marker)
        except (OSError, ValueError):
            return None

    def runs(self, dataset: str) -> list[str]:
        """Return the names of the files of marks of a dataset, in ascending order; none where it has no folder."""
        try:
            names = os.listdir(self.root / dataset)  # noqa: PTH208 - names, not paths
        except OSError:
            return []
        return sorted(name for name in names if _FILE.fullmatch(name))


def _unwritable(path: Path, error: OSError) -> StoreUnavailable:
    place, rule, remedy = path, f"cannot be written: {error.strerror}", "make room, or allow the job to write there"
    if isinstance(error, FileExistsError | NotADirectoryError):
        place, rule = error.filename or path, "must be a folder, and a file or a link stands there"
        remedy = "move it away, and restore the folder private/marks from its backup"
    if isinstance(error, IsADirectoryError):
        remedy = "move away the folder that stands there"
    return StoreUnavailable("The marks of values cannot be kept", problems=[Problem(str(place), rule, remedy)])


def missing_marks(dataset: str, release: str, path: Path) -> Problem:
    """Return the warning that a release has no marks."""
    return Problem(
        f"{dataset} {release}",
        f"its marks in {path} are missing or damaged, so that what has changed since can only be supposed",
        "restore the folder private/marks from its backup before you publish (see the page on the release ledger)",
    )


def other_marks(release: PublicRelease, marks: Marks) -> Problem:
    """Return the warning that the marks of a release are sound and not of what is counted now."""
    start = contributors_of("")
    people = sorted(name.removeprefix(start) for name in marks.names if name.startswith(start))
    return Problem(
        f"{release.dataset} {release.name}",
        f"its marks are sound and of other contributors than those now ({'; '.join(people)}), so that what has changed"
        " since can only be supposed",
        "count contributors as then until an edition of other people, such as the next year",
    )


def marks_without_release(marks: MarkFolder, reads: VerifiedReads, dataset: str) -> tuple[Problem, ...]:
    """Return a warning where there are marks of releases that the store lacks.

    A job that ended before it published leaves such marks, so this is no proof; but where releases were taken out with
    the head of the store, nothing else tells. Raises VerificationFailed where a release is damaged.
    """
    releases = {(one.edition, one.version) for one in reads.release_files(dataset)}
    known = {marks.path_of(reads.release(dataset, *one).manifest).name for one in releases}
    lost = [name for name in marks.runs(dataset) if name not in known]
    if not lost:
        return ()
    shown = ", ".join(lost[:_SHOWN])
    more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
    problem = Problem(
        str(marks.root / dataset),
        f"has marks of releases that the store lacks: {shown}{more}. What was published then is not reckoned with",
        "if it was published, restore releases/ and head.json from a backup or a mirror before you publish; if a job"
        " ended then without publishing, delete the file",
    )
    return (problem,)
